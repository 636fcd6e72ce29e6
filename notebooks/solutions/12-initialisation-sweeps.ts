// %% [markdown]
// # Solutions of 12

// %%
import { checkNormalisedStd } from 'batchnorm';

const normalisedStd = (variance: number, epsilon: number): number => {
  // BEGIN SOLUTION
  return Math.sqrt(variance / (variance + epsilon));
  // ELSE
  // // Your turn: this is what BN divides by.
  // return Math.sqrt(variance + epsilon);
  // WRONG That is the variance of x̂
  // return variance / (variance + epsilon);
  // WRONG There ε stands outside the root
  // return Math.sqrt(variance) / (Math.sqrt(variance) + epsilon);
  // WRONG Exactly 1 it would be without ε
  // return variance > 0 ? 1 : 0;
  // END SOLUTION
};
checkNormalisedStd(normalisedStd);

// %%
import { checkRateForScale } from 'batchnorm';

// BEGIN SOLUTION
const timesTheRate = 10 * 10; // once for the gradient of 1/10, once for the weights of length 10
// ELSE
// const timesTheRate = Number.NaN; // your number here
// WRONG That makes the step as long as it was
// const timesTheRate = 10;
// WRONG BN’s output does not notice the factor
// const timesTheRate = 1;
// WRONG The other way round
// const timesTheRate = 1 / 100;
// END SOLUTION
checkRateForScale(timesTheRate);

// %%
import { checkHeStd } from 'batchnorm';

// BEGIN SOLUTION
const heStd = Math.sqrt(2 / 50);
// ELSE
// const heStd = Number.NaN; // your number here
// WRONG A ReLU passes half of it
// const heStd = 1 / Math.sqrt(50);
// WRONG That is the variance
// const heStd = 2 / 50;
// WRONG That counts the units
// const heStd = Math.sqrt(2 / 200);
// END SOLUTION
checkHeStd(heStd);
