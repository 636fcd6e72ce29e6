// %% [markdown]
// # Solutions of 05

// %%
import { checkDriftPrediction } from 'batchnorm';

// BEGIN SOLUTION
const predictedB = 500 * 0.2 * 1; // every step moves b by the learning rate times the target
// ELSE
// const predictedB = Number.NaN; // your number here
// WRONG b does not stop at the target
// const predictedB = 1;
// WRONG That is after 200 steps
// const predictedB = 40;
// END SOLUTION
checkDriftPrediction(predictedB);

// %%
import { checkThroughTheMean } from 'batchnorm';

const throughTheMean = (gradient: number[]): number[] => {
  // BEGIN SOLUTION
  // Each x_i moves the mean by 1/m, and the mean is in every x̂_k.
  const mean = gradient.reduce((sum, g) => sum + g, 0) / gradient.length;
  return gradient.map((g) => g - mean);
  // ELSE
  // // Your turn: this is the naive update, which takes the mean for a constant.
  // return gradient;
  // WRONG 1/m is missing
  // const sum = gradient.reduce((total, g) => total + g, 0);
  // return gradient.map((g) => g - sum);
  // WRONG sum over all k
  // return gradient.map((g) => g - g / gradient.length);
  // END SOLUTION
};
checkThroughTheMean(throughTheMean);
