// %% [markdown]
// # Solutions of 04

// %%
import { checkRemoveMean } from 'batchnorm';

const removeMean = (examples: number[][]): number[][] => {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  // BEGIN SOLUTION
  const means = examples[0].map((_, j) => mean(examples.map((example) => example[j])));
  return examples.map((example) => example.map((value, j) => value - means[j]));
  // ELSE
  // // Your turn: this subtracts one mean from everything.
  // const all = mean(examples.flat());
  // return examples.map((example) => example.map((value) => value - all));
  // WRONG each example over its features
  // return examples.map((example) => example.map((value) => value - mean(example)));
  // WRONG divide it by the number of examples
  // const sums = examples[0].map((_, j) => mean(examples.map((example) => example[j])) * examples.length);
  // return examples.map((example) => example.map((value, j) => value - sums[j]));
  // END SOLUTION
};
checkRemoveMean(removeMean);

// %%
import { checkEqualise } from 'batchnorm';

const factors = (variances: number[], epsilon: number): number[] => {
  // BEGIN SOLUTION
  return variances.map((variance) => 1 / Math.sqrt(variance + epsilon));
  // ELSE
  // // Your turn: this is too strong.
  // return variances.map((variance) => 1 / (variance + epsilon));
  // WRONG ε stands outside the root
  // return variances.map((variance) => 1 / (Math.sqrt(variance) + epsilon));
  // WRONG makes wide axes wider
  // return variances.map((variance) => Math.sqrt(variance + epsilon));
  // END SOLUTION
};
checkEqualise(factors);

// %%
import { checkIsWhitened } from 'batchnorm';

const isWhitened = ([a, b, c, d]: number[]): boolean => {
  // BEGIN SOLUTION
  return a === 1 && b === 0 && c === 0 && d === 1;
  // ELSE
  // // Your turn: is that all of them?
  // return a > 0 && d > 0 && b === c;
  // WRONG whitened means decorrelated too
  // return a === 1 && d === 1 && b === c;
  // WRONG variance 1 on each axis
  // return b === 0 && c === 0 && a > 0 && d > 0;
  // WRONG Equal variances are not enough
  // return b === 0 && c === 0 && a === d;
  // END SOLUTION
};
checkIsWhitened(isWhitened);
