// %% [markdown]
// # Solutions of 15

// %%
import { checkMeanNoise } from 'batchnorm';

// BEGIN SOLUTION
const noiseOfTheMean = 2 / Math.sqrt(16);
// ELSE
// const noiseOfTheMean = Number.NaN; // your number here
// WRONG a standard deviation falls like 1/√m
// const noiseOfTheMean = 2 / 16;
// WRONG That is the variance of the mean
// const noiseOfTheMean = 2 ** 2 / 16;
// WRONG That is how far one example is off
// const noiseOfTheMean = 2;
// END SOLUTION
checkMeanNoise(noiseOfTheMean);

// %%
import { batchNorm, checkGhostNormalise } from 'batchnorm';

const ghostNormalise = (values: number[], size: number): number[] => {
  const normalise = (part: number[]) => Array.from(batchNorm(part, part.length, 1).y);
  // BEGIN SOLUTION
  const out: number[] = [];
  for (let start = 0; start < values.length; start += size) {
    out.push(...normalise(values.slice(start, start + size)));
  }
  return out;
  // ELSE
  // // Your turn: this takes no notice of the size.
  // return size > 0 ? normalise(values) : values;
  // WRONG Only the first ghost batch is normalised
  // return [...normalise(values.slice(0, size)), ...values.slice(size)];
  // WRONG The groups have the wrong size
  // const out = [...values];
  // for (let place = 0; place < size; place++) {
  //   const part = normalise(values.filter((_, i) => i % size === place));
  //   part.forEach((value, k) => {
  //     out[place + k * size] = value;
  //   });
  // }
  // return out;
  // WRONG That is BN over the whole minibatch
  // return normalise(values);
  // END SOLUTION
};
checkGhostNormalise(ghostNormalise);

// %%
import { checkEffectiveRate } from 'batchnorm';

// BEGIN SOLUTION
const timesTheEffectiveRate = 2 ** 2;
// ELSE
// const timesTheEffectiveRate = Number.NaN; // your number here
// WRONG One factor of 2 comes from the weights
// const timesTheEffectiveRate = 2;
// WRONG a step does
// const timesTheEffectiveRate = 1;
// WRONG The other way round
// const timesTheEffectiveRate = 1 / 4;
// END SOLUTION
checkEffectiveRate(timesTheEffectiveRate);
