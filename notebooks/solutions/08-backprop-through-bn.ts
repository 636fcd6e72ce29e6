// %% [markdown]
// # Solutions of 08

// %%
import { checkGammaBeta } from 'batchnorm';

const gammaBeta = (dy: number[], xHat: number[]): number[] => {
  // BEGIN SOLUTION
  const dGamma = dy.reduce((sum, value, i) => sum + value * xHat[i], 0);
  const dBeta = dy.reduce((sum, value) => sum + value, 0);
  return [dGamma, dBeta];
  // ELSE
  // // Your turn: [dGamma, dBeta]. This looks at the first example only.
  // return [dy[0] * xHat[0], dy[0]];
  // WRONG not means
  // const dGamma = dy.reduce((sum, value, i) => sum + value * xHat[i], 0) / dy.length;
  // const dBeta = dy.reduce((sum, value) => sum + value, 0) / dy.length;
  // return [dGamma, dBeta];
  // WRONG swapped
  // const dGamma = dy.reduce((sum, value) => sum + value, 0);
  // const dBeta = dy.reduce((sum, value, i) => sum + value * xHat[i], 0);
  // return [dGamma, dBeta];
  // END SOLUTION
};
checkGammaBeta(gammaBeta);

// %%
import { type BackpropInput, checkBackprop } from 'batchnorm';

const backprop = ({ dy, xHat, gamma, variance, epsilon }: BackpropInput): number[] => {
  const factor = gamma / Math.sqrt(variance + epsilon);
  // BEGIN SOLUTION
  const m = dy.length;
  const meanDy = dy.reduce((sum, value) => sum + value, 0) / m;
  const meanAlong = dy.reduce((sum, value, i) => sum + value * xHat[i], 0) / m;
  return dy.map((value, i) => factor * (value - meanDy - xHat[i] * meanAlong));
  // ELSE
  // // Your turn: the direct way is there, the two other terms are still 0.
  // const [meanDy, meanAlong] = [0, 0];
  // return dy.map((value, i) => factor * (value - meanDy - xHat[i] * meanAlong));
  // WRONG the mean’s term is missing
  // const meanAlong = dy.reduce((sum, value, i) => sum + value * xHat[i], 0) / dy.length;
  // return dy.map((value, i) => factor * (value - xHat[i] * meanAlong));
  // WRONG the variance’s term is missing
  // const meanDy = dy.reduce((sum, value) => sum + value, 0) / dy.length;
  // return dy.map((value) => factor * (value - meanDy));
  // WRONG γ is missing
  // const m = dy.length;
  // const meanDy = dy.reduce((sum, value) => sum + value, 0) / m;
  // const meanAlong = dy.reduce((sum, value, i) => sum + value * xHat[i], 0) / m;
  // return dy.map((value, i) => (factor / gamma) * (value - meanDy - xHat[i] * meanAlong));
  // WRONG sums where means belong
  // const meanDy = dy.reduce((sum, value) => sum + value, 0);
  // const meanAlong = dy.reduce((sum, value, i) => sum + value * xHat[i], 0);
  // return dy.map((value, i) => factor * (value - meanDy - xHat[i] * meanAlong));
  // WRONG ε stands under the root
  // const outside = gamma / (Math.sqrt(variance) + epsilon);
  // const m = dy.length;
  // const meanDy = dy.reduce((sum, value) => sum + value, 0) / m;
  // const meanAlong = dy.reduce((sum, value, i) => sum + value * xHat[i], 0) / m;
  // return dy.map((value, i) => outside * (value - meanDy - xHat[i] * meanAlong));
  // END SOLUTION
};
checkBackprop(backprop);

// %%
import { checkCentralDifference } from 'batchnorm';

const centralDifference = (f: (x: number) => number, x: number, h: number): number => {
  // BEGIN SOLUTION
  return (f(x + h) - f(x - h)) / (2 * h);
  // ELSE
  // // Your turn: this looks to one side only.
  // return (f(x + h) - f(x)) / h;
  // WRONG 2h apart
  // return (f(x + h) - f(x - h)) / h;
  // WRONG The sign
  // return (f(x - h) - f(x + h)) / (2 * h);
  // END SOLUTION
};
checkCentralDifference(centralDifference);
