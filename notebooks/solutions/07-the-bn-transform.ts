// %% [markdown]
// # Solutions of 07

// %%
import { checkNormalise } from 'batchnorm';

const normalise = (values: number[], epsilon: number): number[] => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // BEGIN SOLUTION
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
  // ELSE
  // // Your turn: this takes the variance for 1.
  // return values.map((value) => (value - mean) / Math.sqrt(1 + epsilon));
  // WRONG ε stands outside the root
  // const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // return values.map((value) => (value - mean) / (Math.sqrt(variance) + epsilon));
  // WRONG divided by m − 1
  // const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  // return values.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
  // WRONG divided by the variance
  // const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // return values.map((value) => (value - mean) / (variance + epsilon));
  // WRONG ε is missing
  // const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // return values.map((value) => (value - mean) / Math.sqrt(variance));
  // END SOLUTION
};
checkNormalise(normalise);

// %%
import { checkIdentity, type FeatureStatistics } from 'batchnorm';

const identityParameters = (feature: FeatureStatistics): number[] => {
  // BEGIN SOLUTION
  return [Math.sqrt(feature.variance + feature.epsilon), feature.mean];
  // ELSE
  // // Your turn: [gamma, beta]. There are feature.mean, feature.variance and feature.epsilon.
  // return [1, feature.mean];
  // WRONG nearly
  // return [Math.sqrt(feature.variance), feature.mean];
  // WRONG the other way round
  // return [1 / Math.sqrt(feature.variance + feature.epsilon), feature.mean];
  // WRONG the variance itself
  // return [feature.variance + feature.epsilon, feature.mean];
  // WRONG The sign of β
  // return [Math.sqrt(feature.variance + feature.epsilon), -feature.mean];
  // END SOLUTION
};
checkIdentity(identityParameters);

// %%
import { checkGradientScale } from 'batchnorm';

// BEGIN SOLUTION
const timesTheGradient = 1 / 5;
// ELSE
// const timesTheGradient = Number.NaN; // your number here
// WRONG the other way round
// const timesTheGradient = 5;
// WRONG the output that does not notice
// const timesTheGradient = 1;
// WRONG what the step turns
// const timesTheGradient = 1 / 25;
// END SOLUTION
checkGradientScale(timesTheGradient);
