/** Initial weights of a dense layer, drawn from a seeded generator. */
import { checkChoice, checkCount, checkOptions } from './check.js';
import type { Random } from './random.js';

/**
 * How weights are drawn, all from normal distributions with mean 0:
 * - `{ kind: 'normal', std }`: standard deviation `std`
 * - `{ kind: 'xavier' }`: sqrt(2 / (inputs + outputs)), Glorot and Bengio 2010, equation 12
 * - `{ kind: 'he' }`: sqrt(2 / inputs), He et al. 2015 (arXiv 1502.01852), equation 10
 */
export type Initialiser = { kind: 'normal'; std: number } | { kind: 'xavier' } | { kind: 'he' };

/** The standard deviation that an initialiser gives to a layer of this size. */
export function initialStd(initialiser: Initialiser, inputs: number, outputs: number): number {
  checkChoice('kind', initialiser.kind, ['normal', 'xavier', 'he']);
  checkCount('inputs', inputs);
  checkCount('outputs', outputs);
  switch (initialiser.kind) {
    case 'normal':
      checkOptions('the initialiser "normal"', initialiser, ['kind', 'std']);
      if (!Number.isFinite(initialiser.std) || initialiser.std < 0) {
        throw new RangeError(`std must be a finite number of at least 0, found ${initialiser.std}`);
      }
      return initialiser.std;
    case 'xavier':
      return Math.sqrt(2 / (inputs + outputs));
    case 'he':
      return Math.sqrt(2 / inputs);
  }
}

/**
 * Draws a weight matrix.
 * @returns W, inputs x outputs, row-major
 */
export function initialWeights(
  initialiser: Initialiser,
  inputs: number,
  outputs: number,
  random: Random,
): Float64Array {
  const std = initialStd(initialiser, inputs, outputs);
  const weights = new Float64Array(inputs * outputs);
  for (let i = 0; i < weights.length; i++) {
    weights[i] = std * random.normal();
  }
  return weights;
}
