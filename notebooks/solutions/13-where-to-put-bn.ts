// %% [markdown]
// # Solutions of 13

// %%
import { checkAfterRelu } from 'batchnorm';

const unit = (u: number[]): number[] => {
  const epsilon = 1e-5;
  // BEGIN SOLUTION
  const cut = u.map((value) => Math.max(0, value));
  const mean = cut.reduce((sum, value) => sum + value, 0) / cut.length;
  const variance = cut.reduce((sum, value) => sum + (value - mean) ** 2, 0) / cut.length;
  return cut.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
  // ELSE
  // // Your turn: this is BN before the ReLU.
  // const mean = u.reduce((sum, value) => sum + value, 0) / u.length;
  // const variance = u.reduce((sum, value) => sum + (value - mean) ** 2, 0) / u.length;
  // return u.map((value) => Math.max(0, (value - mean) / Math.sqrt(variance + epsilon)));
  // WRONG You cut twice
  // const cut = u.map((value) => Math.max(0, value));
  // const mean = cut.reduce((sum, value) => sum + value, 0) / cut.length;
  // const variance = cut.reduce((sum, value) => sum + (value - mean) ** 2, 0) / cut.length;
  // return cut.map((value) => Math.max(0, (value - mean) / Math.sqrt(variance + epsilon)));
  // WRONG BN divides by m, not by m − 1
  // const cut = u.map((value) => Math.max(0, value));
  // const mean = cut.reduce((sum, value) => sum + value, 0) / cut.length;
  // const variance = cut.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (cut.length - 1);
  // return cut.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
  // WRONG That is the ReLU alone
  // return epsilon > 0 ? u.map((value) => Math.max(0, value)) : u;
  // END SOLUTION
};
checkAfterRelu(unit);

// %%
import { checkUselessBias } from 'batchnorm';

// BEGIN SOLUTION
const uselessWith = 'before';
// ELSE
// const uselessWith = '?'; // 'before', 'after', 'both' or 'neither'
// WRONG it moves where a ReLU cuts
// const uselessWith = 'after';
// WRONG In one of the two places g stands
// const uselessWith = 'both';
// END SOLUTION
checkUselessBias(uselessWith);

// %%
import { checkReluMean } from 'batchnorm';

// BEGIN SOLUTION
const reluMean = 1 / Math.sqrt(2 * Math.PI);
// ELSE
// const reluMean = Number.NaN; // your number here
// WRONG nothing balances the positive one
// const reluMean = 0;
// WRONG That is the share of positive x
// const reluMean = 0.5;
// WRONG That is the mean of |x|
// const reluMean = Math.sqrt(2 / Math.PI);
// END SOLUTION
checkReluMean(reluMean);
