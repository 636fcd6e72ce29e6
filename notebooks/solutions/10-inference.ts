// %% [markdown]
// # Solutions of 10

// %%
import { checkPopulationVariance } from 'batchnorm';

const populationVariance = (variances: number[], m: number): number => {
  const mean = variances.reduce((sum, value) => sum + value, 0) / variances.length;
  // BEGIN SOLUTION
  return (mean * m) / (m - 1);
  // ELSE
  // // Your turn: correct the factor.
  // const factor = m / m;
  // return factor * mean;
  // WRONG The other way round
  // return (mean * (m - 1)) / m;
  // WRONG the number of minibatches
  // return (mean * variances.length) / (variances.length - 1);
  // WRONG standard deviation
  // return Math.sqrt((mean * m) / (m - 1));
  // END SOLUTION
};
checkPopulationVariance(populationVariance);

// %%
import { checkFold, type UnitToFold } from 'batchnorm';

const fold = (unit: UnitToFold): number[] => {
  // BEGIN SOLUTION
  const { w, b, mean, variance, gamma, beta, epsilon } = unit;
  const scale = gamma / Math.sqrt(variance + epsilon);
  return [scale * w, scale * (b - mean) + beta];
  // ELSE
  // // Your turn: unit.mean, unit.variance, unit.gamma, unit.beta and unit.epsilon are BN's.
  // return [unit.w, unit.b];
  // WRONG forgot the layer’s bias
  // const { w, mean, variance, gamma, beta, epsilon } = unit;
  // const scale = gamma / Math.sqrt(variance + epsilon);
  // return [scale * w, beta - scale * mean];
  // WRONG ε stands under the root
  // const { w, b, mean, variance, gamma, beta, epsilon } = unit;
  // const scale = gamma / (Math.sqrt(variance) + epsilon);
  // return [scale * w, scale * (b - mean) + beta];
  // WRONG divided by the variance
  // const { w, b, mean, variance, gamma, beta, epsilon } = unit;
  // const scale = gamma / (variance + epsilon);
  // return [scale * w, scale * (b - mean) + beta];
  // WRONG not multiplied by the scale
  // const { w, b, mean, variance, gamma, beta, epsilon } = unit;
  // const scale = gamma / Math.sqrt(variance + epsilon);
  // return [scale * w, b - scale * mean + beta];
  // END SOLUTION
};
checkFold(fold);

// %%
import { checkPytorchMomentum } from 'batchnorm';

// BEGIN SOLUTION
const pytorchMomentum = 1 - 0.99; // the new minibatch's weight
// ELSE
// const pytorchMomentum = Number.NaN; // your number here
// WRONG opposite things
// const pytorchMomentum = 0.99;
// WRONG PyTorch’s default
// const pytorchMomentum = 0.1;
// END SOLUTION
checkPytorchMomentum(pytorchMomentum);
