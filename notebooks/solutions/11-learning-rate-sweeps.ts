// %% [markdown]
// # Solutions of 11

// %%
import { checkLargestRate, type SweepCell } from 'batchnorm';

const largestRate = (cells: SweepCell[]): number => {
  // BEGIN SOLUTION
  const best = Math.max(...cells.map((cell) => cell.accuracy));
  const working = cells.filter((cell) => !cell.diverged && cell.accuracy >= best - 0.05);
  return Math.max(...working.map((cell) => cell.learningRate));
  // ELSE
  // // Your turn: this returns the rate of the best run.
  // const best = cells.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  // return best.learningRate;
  // WRONG That run diverged
  // const best = Math.max(...cells.map((cell) => cell.accuracy));
  // return Math.max(...cells.filter((cell) => cell.accuracy >= best - 0.05).map((cell) => cell.learningRate));
  // WRONG the largest rate of all
  // return Math.max(...cells.map((cell) => cell.learningRate));
  // WRONG the smallest rate
  // return Math.min(...cells.map((cell) => cell.learningRate));
  // END SOLUTION
};
checkLargestRate(largestRate);

// %%
import { checkFewerSteps } from 'batchnorm';

// BEGIN SOLUTION
const timesFewer = 31.0 / 2.1;
// ELSE
// const timesFewer = Number.NaN; // your number here
// WRONG That is BN-Baseline
// const timesFewer = 31.0 / 13.3;
// WRONG The other way round
// const timesFewer = 2.1 / 31.0;
// END SOLUTION
checkFewerSteps(timesFewer);
