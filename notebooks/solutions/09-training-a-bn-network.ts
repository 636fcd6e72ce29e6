// %% [markdown]
// # Solutions of 09

// %%
import { type BNLayer, checkBNLayer } from 'batchnorm';

const layer: BNLayer = (unit) => {
  const average = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const g = (v: number) => 1 / (1 + Math.exp(-v));
  // BEGIN SOLUTION
  const { u, gamma, beta, epsilon } = unit;
  const mean = average(u);
  const variance = average(u.map((v) => (v - mean) ** 2));
  return u.map((v) => g((gamma * (v - mean)) / Math.sqrt(variance + epsilon) + beta));
  // ELSE
  // // Your turn: so far no BN. There are unit.gamma, unit.beta and unit.epsilon.
  // const mean = average(unit.u);
  // return unit.u.map((v) => g(v - mean));
  // WRONG inside of the sigmoid
  // const { u, gamma, beta, epsilon } = unit;
  // const mean = average(u);
  // const variance = average(u.map((v) => (v - mean) ** 2));
  // return u.map((v) => gamma * g((v - mean) / Math.sqrt(variance + epsilon)) + beta);
  // WRONG BN after the activation
  // const { u, gamma, beta, epsilon } = unit;
  // const z = u.map(g);
  // const mean = average(z);
  // const variance = average(z.map((v) => (v - mean) ** 2));
  // return z.map((v) => (gamma * (v - mean)) / Math.sqrt(variance + epsilon) + beta);
  // WRONG ε stands outside the root
  // const { u, gamma, beta, epsilon } = unit;
  // const mean = average(u);
  // const variance = average(u.map((v) => (v - mean) ** 2));
  // return u.map((v) => g((gamma * (v - mean)) / (Math.sqrt(variance) + epsilon) + beta));
  // END SOLUTION
};
checkBNLayer(layer);

// %%
import { checkExtraParameters } from 'batchnorm';

// BEGIN SOLUTION
const more = 3 * (2 * 100 - 100); // γ and β come, the bias goes
// ELSE
// const more = Number.NaN; // your number here
// WRONG its bias, which β replaces
// const more = 600;
// WRONG the gradient moves no statistics
// const more = 900;
// END SOLUTION
checkExtraParameters(more);

// %%
import { checkTrainingStep, type TrainingStep } from 'batchnorm';

const trainingStep: TrainingStep = (parameters, gradients, rate) => {
  // BEGIN SOLUTION
  const { w, gamma, beta } = parameters;
  return [w - rate * gradients.w, gamma - rate * gradients.gamma, beta - rate * gradients.beta];
  // ELSE
  // // Your turn: this moves w alone.
  // return [parameters.w - rate * gradients.w, parameters.gamma, parameters.beta];
  // WRONG β has not moved
  // const { w, gamma, beta } = parameters;
  // return [w - rate * gradients.w, gamma - rate * gradients.gamma, beta];
  // WRONG goes uphill
  // const { w, gamma, beta } = parameters;
  // return [w + rate * gradients.w, gamma + rate * gradients.gamma, beta + rate * gradients.beta];
  // END SOLUTION
};
checkTrainingStep(trainingStep);

// %%
import { checkSameTime } from 'batchnorm';

const sameTime = (stepsWithBN: number, msWithBN: number, msWithoutBN: number): number => {
  // BEGIN SOLUTION
  return (stepsWithBN * msWithBN) / msWithoutBN;
  // ELSE
  // // Your turn: this gives fewer steps.
  // return (stepsWithBN * msWithoutBN) / msWithBN;
  // WRONG more of them fit
  // return msWithBN > msWithoutBN ? stepsWithBN : 0;
  // WRONG the time BN costs in all
  // return stepsWithBN * (msWithBN - msWithoutBN);
  // END SOLUTION
};
checkSameTime(sameTime);
