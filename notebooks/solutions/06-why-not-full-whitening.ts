// %% [markdown]
// # Solutions of 06

// %%
import { checkInverseRoot } from 'batchnorm';

const inverseRoot = (eigenvalues: number[], vectors: number[], epsilon: number): number[] => {
  const [a, b, c, d] = vectors; // the eigenvectors are (a, c) and (b, d)
  // BEGIN SOLUTION
  const [s, t] = eigenvalues.map((value) => 1 / Math.sqrt(value + epsilon));
  return [a * s * a + b * t * b, a * s * c + b * t * d, c * s * a + d * t * b, c * s * c + d * t * d];
  // ELSE
  // // Your turn: so far this is the covariance, plus epsilon on its diagonal.
  // const [s, t] = eigenvalues.map((value) => value + epsilon);
  // return [a * s * a + b * t * b, a * s * c + b * t * d, c * s * a + d * t * b, c * s * c + d * t * d];
  // WRONG That is Cov⁻¹
  // const [s, t] = eigenvalues.map((value) => 1 / (value + epsilon));
  // return [a * s * a + b * t * b, a * s * c + b * t * d, c * s * a + d * t * b, c * s * c + d * t * d];
  // WRONG ε stands outside the root
  // const [s, t] = eigenvalues.map((value) => 1 / (Math.sqrt(value) + epsilon));
  // return [a * s * a + b * t * b, a * s * c + b * t * d, c * s * a + d * t * b, c * s * c + d * t * d];
  // WRONG The eigenvectors are the columns
  // const [s, t] = eigenvalues.map((value) => 1 / Math.sqrt(value + epsilon));
  // return [a * s * a + c * t * c, a * s * b + c * t * d, b * s * a + d * t * c, b * s * b + d * t * d];
  // END SOLUTION
};
checkInverseRoot(inverseRoot);

// %%
import { checkJacobianSize } from 'batchnorm';

// BEGIN SOLUTION
const numbers = 100 * (60 * 100); // a row for each output, a column for each number of X
// ELSE
// const numbers = Number.NaN; // your number here
// WRONG ∂Norm(x, X)/∂x
// const numbers = 100 * 100;
// WRONG for all m outputs together
// const numbers = (60 * 100) ** 2;
// END SOLUTION
checkJacobianSize(numbers);

// %%
import { checkExamplesNeeded } from 'batchnorm';

// BEGIN SOLUTION
const examplesNeeded = 101;
// ELSE
// const examplesNeeded = Number.NaN; // your number here
// WRONG a rank of at most m − 1
// const examplesNeeded = 100;
// WRONG what BN needs
// const examplesNeeded = 2;
// END SOLUTION
checkExamplesNeeded(examplesNeeded);
