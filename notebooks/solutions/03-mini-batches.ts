// %% [markdown]
// # Solutions of 03

// %%
import { checkMinibatchGradient } from 'batchnorm';

const minibatchGradient = (gradients: number[], minibatch: number[]): number => {
  // BEGIN SOLUTION
  const own = minibatch.map((i) => gradients[i]);
  return own.reduce((sum, g) => sum + g, 0) / own.length;
  // ELSE
  // // Your turn: this adds the first few.
  // return gradients.slice(0, minibatch.length).reduce((sum, g) => sum + g, 0);
  // WRONG That is the sum
  // return minibatch.reduce((sum, i) => sum + gradients[i], 0);
  // WRONG not by the size of the training set
  // return minibatch.reduce((sum, i) => sum + gradients[i], 0) / gradients.length;
  // END SOLUTION
};
checkMinibatchGradient(minibatchGradient);

// %%
import { checkNoiseFactor } from 'batchnorm';

// BEGIN SOLUTION
const noiseFactor = Math.sqrt(16 / 64);
// ELSE
// const noiseFactor = Number.NaN; // your number here
// WRONG That is the variance
// const noiseFactor = 16 / 64;
// WRONG The other way round
// const noiseFactor = Math.sqrt(64 / 16);
// END SOLUTION
checkNoiseFactor(noiseFactor);

// %%
import { checkWithoutReplacement } from 'batchnorm';

const withoutReplacement = (variance: number, m: number, population: number): number => {
  // BEGIN SOLUTION
  return ((variance / m) * (population - m)) / (population - 1);
  // ELSE
  // // Your turn: this is not 0 at m = N.
  // return m < population ? variance / m : variance / population;
  // WRONG the divisor is N − 1
  // return ((variance / m) * (population - m)) / population;
  // WRONG 1/m is missing
  // return variance * (1 - m / population);
  // END SOLUTION
};
checkWithoutReplacement(withoutReplacement);

// %%
import { checkEstimatedNoise } from 'batchnorm';

const estimatedNoise = (gradients: number[]): number => {
  const m = gradients.length;
  const mean = gradients.reduce((sum, g) => sum + g, 0) / m;
  const squares = gradients.reduce((sum, g) => sum + (g - mean) ** 2, 0);
  // BEGIN SOLUTION
  return squares / (m - 1) / m;
  // ELSE
  // return squares; // yours
  // WRONG Biased: that is too small
  // return squares / m / m;
  // WRONG m times smaller
  // return squares / (m - 1);
  // WRONG the standard error
  // return Math.sqrt(squares / (m - 1) / m);
  // END SOLUTION
};
checkEstimatedNoise(estimatedNoise);
