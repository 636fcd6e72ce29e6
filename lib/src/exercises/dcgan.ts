/** Checks of the exercises on BN in a DCGAN. */
import { inspect } from 'node:util';
import { judgeList, judgeNumber, right, type Verdict, wrong } from './verdict.js';

/** The strided layers of each network, counted along the data: the generator's lead to an image, the discriminator's from one. */
export type HasBatchNorm = (network: 'generator' | 'discriminator', layer: number, layers: number) => boolean;

/**
 * Exercise: which convolutions of a DCGAN have BN after them.
 *
 * @example
 * const verdict = checkDcganPlacement((network, layer, layers) => (network === 'generator' ? layer < layers - 1 : layer > 0));
 * console.log(verdict.passed); // prints true
 */
export function checkDcganPlacement(hasBatchNorm: HasBatchNorm): Verdict {
  const answer = (network: 'generator' | 'discriminator', layers: number): boolean[] =>
    Array.from({ length: layers }, (_, layer) => hasBatchNorm(network, layer, layers));
  let found: { generator: boolean[]; discriminator: boolean[] }[];
  try {
    found = [2, 3, 4].map((layers) => ({
      generator: answer('generator', layers),
      discriminator: answer('discriminator', layers),
    }));
  } catch (error) {
    return wrong(`Your function threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  const odd = found.flatMap(({ generator, discriminator }) => [...generator, ...discriminator]);
  const strange = odd.find((value) => typeof value !== 'boolean');
  if (strange !== undefined || odd.includes(undefined as never)) {
    return wrong(`Return true or false; yours returned ${inspect(strange)}.`);
  }
  const every = (rule: HasBatchNorm) =>
    found.every(({ generator, discriminator }) =>
      [generator, discriminator].every((list, i) =>
        list.every(
          (value, layer) => value === rule(i === 0 ? 'generator' : 'discriminator', layer, list.length),
        ),
      ),
    );
  if (every((network, layer, layers) => (network === 'generator' ? layer < layers - 1 : layer > 0))) {
    return right(
      'All but the generator’s output and the discriminator’s input layer: the two next to the image.',
    );
  }
  if (every(() => true)) {
    return wrong(
      'That is BN everywhere: the paper found “sample oscillation and model instability” with it.',
    );
  }
  if (every(() => false)) {
    return wrong(
      'That is no BN at all: the paper calls BN critical “to get deep generators to begin learning”.',
    );
  }
  if (every((network, layer, layers) => (network === 'generator' ? layer > 0 : layer < layers - 1))) {
    return wrong(
      'The wrong ends: those are the layers furthest from the image. Leave out the two next to it.',
    );
  }
  if (every((_, layer, layers) => layer < layers - 1)) {
    return wrong(
      'The generator is right. The discriminator’s image comes in at its first layer, not at its last.',
    );
  }
  if (every((_, layer) => layer > 0)) {
    return wrong(
      'The discriminator is right. The generator’s image comes out at its last layer, not at its first.',
    );
  }
  return wrong('Not yet: one layer of each network has no BN, whatever the number of layers.');
}

/** A layer of a generator, as the exercise writes it. */
export interface GeneratorLayer {
  kind: 'dense' | 'transposed convolution' | 'BN' | 'ReLU' | 'tanh';
  /** Of a layer with weights: whether it adds a bias. */
  bias?: boolean;
}

/**
 * A generator with a fault: BN on its output.
 *
 * @example
 * console.log(faultyGenerator().map(({ kind }) => kind).slice(-2).join()); // prints BN,tanh
 */
export function faultyGenerator(): GeneratorLayer[] {
  return [
    { kind: 'dense', bias: false },
    { kind: 'BN' },
    { kind: 'ReLU' },
    { kind: 'transposed convolution', bias: false },
    { kind: 'BN' },
    { kind: 'ReLU' },
    { kind: 'transposed convolution', bias: false },
    { kind: 'BN' },
    { kind: 'tanh' },
  ];
}

/**
 * Exercise: repair a generator that has BN on its output.
 *
 * @example
 * const repair = (layers: GeneratorLayer[]) =>
 *   layers.flatMap((layer, i): GeneratorLayer[] => (i === 7 ? [] : [i === 6 ? { ...layer, bias: true } : layer]));
 * console.log(checkRepairedGenerator(repair).passed); // prints true
 */
export function checkRepairedGenerator(repair: (layers: GeneratorLayer[]) => GeneratorLayer[]): Verdict {
  let layers: GeneratorLayer[];
  try {
    layers = repair(faultyGenerator());
  } catch (error) {
    return wrong(`Your function threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(layers)) {
    return wrong(`Return a list of layers; yours returned ${inspect(layers)}.`);
  }
  const kinds = layers.map(({ kind }) => kind);
  const expected = faultyGenerator().map(({ kind }) => kind);
  if (kinds.join() === expected.join()) {
    return wrong('BN still stands before tanh.');
  }
  if (!kinds.includes('BN')) {
    return wrong('Now no BN is left: only the one on the output had to go.');
  }
  if (kinds.at(-1) === 'BN') {
    return wrong(
      'BN after tanh is still BN on the output, and the image may now leave the range from -1 to 1.',
    );
  }
  if (kinds.join() !== expected.filter((_, i) => i !== 7).join()) {
    return wrong(`Only the BN before tanh has to go; yours has ${kinds.join(', ')}.`);
  }
  const biases = layers.filter(({ kind }) => kind === 'dense' || kind === 'transposed convolution');
  if (!biases.at(-1)?.bias) {
    return wrong(
      'The BN is gone, and its beta with it: the last transposed convolution needs a bias, or no map can be dark on the whole.',
    );
  }
  if (biases.slice(0, -1).some(({ bias }) => bias)) {
    return wrong(
      'A bias before BN is cancelled by the mean that BN takes away: only the last layer needs one.',
    );
  }
  return right('The output has a bias of its own again, and is no longer tied to its minibatch.');
}

/**
 * Exercise: LeakyReLU with a in (1, infinity).
 *
 * @example
 * console.log(checkLeakyRelu((u, a) => (u > 0 ? u : u / a)).passed); // prints true
 */
export function checkLeakyRelu(leakyRelu: (u: number, a: number) => number): Verdict {
  const cases: readonly (readonly [number, number])[] = [
    [2, 5],
    [-2, 5],
    [-1, 100],
    [-3, 1.5],
    [0, 5],
  ];
  const values = (f: (u: number, a: number) => number) => cases.map(([u, a]) => f(u, a) + 0);
  return judgeList(
    () => values(leakyRelu),
    values((u, a) => (u > 0 ? u : u / a)),
    [
      {
        gives: values((u, a) => (u > 0 ? u : u * a)),
        say: 'Below 0 that is a times as steep: a is in (1, infinity), and the slope there is 1/a.',
      },
      {
        gives: values((u) => Math.max(0, u)),
        say: 'That is ReLU: below 0 no gradient would go back to the generator.',
      },
      {
        gives: values((u, a) => (u > 0 ? u / a : u)),
        say: 'The two sides are exchanged: what is positive goes through as it is.',
      },
      {
        gives: values((u) => (u > 0 ? u : 0.2 * u)),
        say: 'The slope 0.2 is that of a = 5 alone: use a.',
      },
    ],
    'With a = 5 the slope below 0 is 0.2, as in the paper.',
  );
}

/**
 * Exercise: one map gives 1 and 3 for two real images, 5 and 7 for two generated ones. BN (no epsilon) over the mixed
 * minibatch of four: how far apart are the means of real and generated after it?
 *
 * @example
 * console.log(checkMixedDistance(4 / Math.sqrt(5)).passed); // prints true
 */
export function checkMixedDistance(answer: number): Verdict {
  return judgeNumber(
    answer,
    4 / Math.sqrt(5),
    [
      {
        gives: 0,
        say: 'That is what is left when the two are normalised apart: each then has mean 0. Mixed, the difference survives.',
      },
      { gives: 4, say: 'That is the distance before BN: divide by the deviation of the four values.' },
      { gives: 4 / 5, say: 'That is divided by the variance, 5: BN divides by its root.' },
      {
        gives: 4 / Math.sqrt(20 / 3),
        say: 'That has m - 1 under the root: in training BN takes the biased variance, with m.',
      },
      { gives: -4 / Math.sqrt(5), say: 'Right but for the sign: a distance is not negative.' },
    ],
    'Normalised apart it would be 0: the discriminator could not see the difference in this map’s mean at all.',
    0.01,
  );
}
