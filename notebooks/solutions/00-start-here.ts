// %% [markdown]
// # Solutions of 00

// %%
import { checkStandardise } from 'batchnorm';

const standardise = (values: number[]): number[] => {
  // Your turn: subtract the mean, then divide by the standard deviation.
  // BEGIN SOLUTION
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / Math.sqrt(variance));
  // ELSE
  // return values;
  // WRONG the variance is not 1 yet
  // const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // return values.map((value) => value - mean);
  // WRONG You divided by m − 1
  // const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  // return values.map((value) => (value - mean) / Math.sqrt(squares / (values.length - 1)));
  // END SOLUTION
};
checkStandardise(standardise);

// %%
import { checkShiftAndScale } from 'batchnorm';

// BEGIN SOLUTION
const change = 0;
// ELSE
// const change = Number.NaN; // your number here
// WRONG moves the mean
// const change = 10;
// WRONG doubles as well
// const change = 2;
// END SOLUTION
checkShiftAndScale(change);
