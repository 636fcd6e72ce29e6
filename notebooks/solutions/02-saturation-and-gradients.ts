// %% [markdown]
// # Solutions of 02

// %%
import { checkSlope } from 'batchnorm';

const slope = (outputs: number[]): number[] => {
  // BEGIN SOLUTION
  return outputs.map((g) => g * (1 - g));
  // ELSE
  // return outputs.map((g) => g); // yours
  // WRONG the slope of tanh
  // return outputs.map((g) => 1 - g * g);
  // WRONG once more
  // const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  // return outputs.map((g) => sigmoid(g) * (1 - sigmoid(g)));
  // WRONG Times g
  // return outputs.map((g) => 1 - g);
  // END SOLUTION
};
checkSlope(slope);

// %%
import { checkLeaky } from 'batchnorm';

const leaky = (inputs: number[], a: number): number[] => {
  // BEGIN SOLUTION
  return inputs.map((x) => (x > 0 ? x : x / a));
  // ELSE
  // // Your turn: this divides everywhere.
  // return inputs.map((x) => x / a);
  // WRONG steeper, not flatter
  // return inputs.map((x) => (x > 0 ? x : a * x));
  // WRONG That is ReLU
  // return inputs.map((x) => (a > 0 ? Math.max(0, x) : x));
  // WRONG a = 100, the usual choice
  // return inputs.map((x) => (x > 0 || a <= 1 ? x : 0.01 * x));
  // END SOLUTION
};
checkLeaky(leaky);

// %%
import { checkShrinking } from 'batchnorm';

// BEGIN SOLUTION
const share10 = 0.25 ** 10; // the largest slope is 1/4, at 0
// ELSE
// const share10 = Number.NaN; // your number here
// WRONG it does not add
// const share10 = 10 / 4;
// WRONG 1/2 is its output at 0
// const share10 = 0.5 ** 10;
// END SOLUTION
checkShrinking(share10);

// %%
import { checkChainGradient } from 'batchnorm';

const chainGradient = (weights: number[], input: number): number => {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  let [z, gradient] = [input, 1];
  for (const w of weights) {
    // BEGIN SOLUTION
    const x = w * z;
    z = sigmoid(x);
    gradient *= w * z * (1 - z); // the slope from the output, exercise 1
    // ELSE
    // // Your turn: this only walks forward.
    // z = sigmoid(w * z);
    // WRONG by its weight
    // z = sigmoid(w * z);
    // gradient *= z * (1 - z);
    // WRONG Each layer has its own
    // gradient *= w * sigmoid(input) * (1 - sigmoid(input));
    // WRONG not at its output
    // z = sigmoid(w * z);
    // gradient *= w * sigmoid(z) * (1 - sigmoid(z));
    // END SOLUTION
  }
  return gradient;
};
checkChainGradient(chainGradient);
