// %% [markdown]
// # Solutions of 18

// %%
import { checkVarianceTest, type VarianceTest } from 'batchnorm';

const varianceTest: VarianceTest = (variance) => {
  // BEGIN SOLUTION
  const at = (mean: number) => variance(Float32Array.of(mean - 2, mean + 2, mean - 2, mean + 2)); // 4
  return [0, 10_000].every((mean) => Math.abs(at(mean) - 4) < 0.01);
  // ELSE
  // // Your turn: is this enough?
  // return variance(Float32Array.of(1, 1, 1, 1)) === 0;
  // WRONG numbers far from 0
  // return Math.abs(variance(Float32Array.of(-2, 2, -2, 2)) - 4) < 0.01;
  // WRONG trusts nothing
  // return variance(Float32Array.of(-0.1, 0.1)) === 0.01;
  // WRONG a known variance
  // const x = Float32Array.of(1, 5, 2, 9);
  // return Math.abs(variance(x) - variance(x.map((value) => value + 10_000))) < 0.01;
  // END SOLUTION
};
checkVarianceTest(varianceTest);

// %%
import { checkStatisticsOf } from 'batchnorm';

// BEGIN SOLUTION
const statisticsOf = 8;
// ELSE
// const statisticsOf = Number.NaN; // your number here
// WRONG each part was normalised by itself
// const statisticsOf = 32;
// WRONG the number of parts
// const statisticsOf = 4;
// END SOLUTION
checkStatisticsOf(statisticsOf);

// %%
import { checkDiagnosis, type Diagnosis } from 'batchnorm';

const diagnosis: Diagnosis = {
  // BEGIN SOLUTION
  a: 'stale averages',
  b: 'forgotten bias',
  c: 'batch of one',
  // ELSE
  // a: '', // your turn
  // b: '',
  // c: '',
  // WRONG about as good as training
  // a: 'training mode left on',
  // b: 'forgotten bias',
  // c: 'batch of one',
  // WRONG would use the same ε
  // a: 'stale averages',
  // b: 'ε outside the root',
  // c: 'batch of one',
  // WRONG that would give NaN
  // a: 'stale averages',
  // b: 'forgotten bias',
  // c: 'constant channel',
  // END SOLUTION
};
checkDiagnosis(diagnosis);
