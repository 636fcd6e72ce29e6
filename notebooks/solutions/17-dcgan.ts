// %% [markdown]
// # Solutions of 17

// %%
import { checkDcganPlacement } from 'batchnorm';

const hasBatchNorm = (network: 'generator' | 'discriminator', layer: number, layers: number): boolean => {
  // BEGIN SOLUTION
  return network === 'generator' ? layer < layers - 1 : layer > 0;
  // ELSE
  // // Your turn: this is BN everywhere.
  // return network === 'generator' ? layer < layers : layer >= 0;
  // WRONG The generator is right
  // return layer < layers - 1;
  // WRONG The wrong ends
  // return network === 'generator' ? layer > 0 : layer < layers - 1;
  // WRONG The discriminator is right
  // return layer > 0;
  // END SOLUTION
};
checkDcganPlacement(hasBatchNorm);

// %%
import { checkRepairedGenerator, type GeneratorLayer } from 'batchnorm';

// The last four are: ReLU, transposed convolution without a bias, BN, tanh.
const repaired = (layers: GeneratorLayer[]): GeneratorLayer[] => {
  // BEGIN SOLUTION
  const last = layers.length - 3; // the last transposed convolution
  return layers
    .map((layer, i) => (i === last ? { ...layer, bias: true } : layer))
    .filter((_, i) => i !== last + 1);
  // ELSE
  // // Your turn: these are the layers as they were given.
  // return layers;
  // WRONG needs a bias
  // return layers.filter((_, i) => i !== layers.length - 2);
  // WRONG no BN is left
  // return layers.filter(({ kind }) => kind !== 'BN');
  // WRONG BN after tanh
  // return [...layers.slice(0, -2), { kind: 'tanh' }, { kind: 'BN' }];
  // END SOLUTION
};
checkRepairedGenerator(repaired);

// %%
import { checkMixedDistance } from 'batchnorm';

// BEGIN SOLUTION
const distance = (6 - 2) / Math.sqrt((9 + 1 + 1 + 9) / 4);
// ELSE
// const distance = Number.NaN; // your number here
// WRONG normalised apart
// const distance = 0;
// WRONG m - 1
// const distance = 4 / Math.sqrt(20 / 3);
// WRONG divided by the variance
// const distance = 4 / 5;
// END SOLUTION
checkMixedDistance(distance);

// %%
import { checkLeakyRelu } from 'batchnorm';

const leakyRelu = (u: number, a: number): number => {
  // BEGIN SOLUTION
  return u > 0 ? u : u / a;
  // ELSE
  // // Your turn: this is ReLU.
  // return u > 0 ? u : 0 * a;
  // WRONG a times as steep
  // return u > 0 ? u : a * u;
  // WRONG exchanged
  // return u > 0 ? u / a : u;
  // END SOLUTION
};
checkLeakyRelu(leakyRelu);
