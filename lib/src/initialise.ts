/** Initial weights of a layer, drawn from a seeded generator. */
import { checkChoice, checkCount, checkOptions } from './check.js';
import { orthogonalWeights } from './orthogonal.js';
import type { Random } from './random.js';

/**
 * How weights are drawn. A layer has `inputs` numbers coming in per output (fan in) and `outputs` (fan out).
 *
 * | initialiser                          | weights                                                              |
 * | `{ kind: 'normal', std }`            | normal, mean 0, standard deviation `std`                             |
 * | `{ kind: 'xavier' }`                 | normal, variance 2 / (inputs + outputs)                              |
 * | `{ kind: 'xavier', shape: 'uniform' }` | even in [-l, l], l = sqrt(6 / (inputs + outputs)): same variance   |
 * | `{ kind: 'he' }`                     | normal, variance 2 / inputs                                          |
 * | `{ kind: 'he', shape: 'uniform' }`   | even in [-l, l], l = sqrt(6 / inputs): same variance                 |
 * | `{ kind: 'uniform', limit }`         | even in [-limit, limit]                                              |
 * | `{ kind: 'constant', value }`        | all the same: a layer of units that never become different           |
 * | `{ kind: 'orthogonal', gain }`       | orthonormal rows or columns, whichever are fewer, times gain (or 1)  |
 *
 * Xavier: Glorot and Bengio 2010, equations 12 and 16; he: He et al. 2015 (arXiv 1502.01852), equation 10;
 * orthogonal: Saxe et al. 2014 (arXiv 1312.6120).
 */
export type Initialiser =
  | { kind: 'normal'; std: number }
  | { kind: 'xavier'; shape?: 'normal' | 'uniform' }
  | { kind: 'he'; shape?: 'normal' | 'uniform' }
  | { kind: 'uniform'; limit: number }
  | { kind: 'constant'; value: number }
  | { kind: 'orthogonal'; gain?: number };

/** The options that each kind takes beside `kind`. */
const OPTIONS: Readonly<Record<Initialiser['kind'], readonly string[]>> = {
  normal: ['std'],
  xavier: ['shape'],
  he: ['shape'],
  uniform: ['limit'],
  constant: ['value'],
  orthogonal: ['gain'],
};

/**
 * Raises a RangeError or a TypeError unless the initialiser is one of those described above.
 *
 * @example
 * checkInitialiser({ kind: 'he' }); // fine
 * try {
 *   checkInitialiser({ kind: 'normal', std: -1 });
 * } catch (error) {
 *   console.log(error instanceof RangeError); // prints true
 * }
 */
export function checkInitialiser(initialiser: Initialiser): void {
  checkChoice('kind', initialiser.kind, Object.keys(OPTIONS));
  checkOptions(`the initialiser "${initialiser.kind}"`, initialiser, ['kind', ...OPTIONS[initialiser.kind]]);
  const atLeast0 = (name: string, value: number): void => {
    if (!Number.isFinite(value) || value < 0) {
      throw new RangeError(`${name} must be a finite number of at least 0, found ${value}`);
    }
  };
  switch (initialiser.kind) {
    case 'normal':
      atLeast0('std', initialiser.std);
      break;
    case 'xavier':
    case 'he':
      checkChoice('shape', initialiser.shape ?? 'normal', ['normal', 'uniform']);
      break;
    case 'uniform':
      atLeast0('limit', initialiser.limit);
      break;
    case 'constant':
      if (!Number.isFinite(initialiser.value)) {
        throw new RangeError(`value must be a finite number, found ${initialiser.value}`);
      }
      break;
    case 'orthogonal':
      atLeast0('gain', initialiser.gain ?? 1);
      break;
  }
}

/**
 * The root of the mean square of the weights that an initialiser gives to a layer of this size: for all kinds
 * but `constant` their standard deviation.
 *
 * @example
 * console.log(initialStd({ kind: 'he' }, 50, 10)); // prints 0.2
 */
export function initialStd(initialiser: Initialiser, inputs: number, outputs: number): number {
  checkInitialiser(initialiser);
  checkCount('inputs', inputs);
  checkCount('outputs', outputs);
  switch (initialiser.kind) {
    case 'normal':
      return initialiser.std;
    case 'xavier':
      return Math.sqrt(2 / (inputs + outputs));
    case 'he':
      return Math.sqrt(2 / inputs);
    case 'uniform':
      return initialiser.limit / Math.sqrt(3);
    case 'constant':
      return Math.abs(initialiser.value);
    case 'orthogonal':
      return (initialiser.gain ?? 1) / Math.sqrt(Math.max(inputs, outputs));
  }
}

/**
 * Draws a weight matrix.
 * @returns W, inputs x outputs, row-major
 * @throws RangeError or TypeError for an initialiser that is none of those described at `Initialiser`
 *
 * @example
 * const weights = initialWeights({ kind: 'he', shape: 'uniform' }, 6, 4, new Random(1));
 * console.log(weights.length, weights.every((w) => Math.abs(w) <= 1)); // prints 24 true
 */
export function initialWeights(
  initialiser: Initialiser,
  inputs: number,
  outputs: number,
  random: Random,
): Float64Array {
  const std = initialStd(initialiser, inputs, outputs);
  if (initialiser.kind === 'orthogonal') {
    return orthogonalWeights(inputs, outputs, initialiser.gain ?? 1, random);
  }
  const weights = new Float64Array(inputs * outputs);
  const even = initialiser.kind === 'uniform' || ('shape' in initialiser && initialiser.shape === 'uniform');
  const limit = Math.sqrt(3) * std; // an even draw from [-l, l] has variance l^2 / 3
  for (let i = 0; i < weights.length; i++) {
    if (initialiser.kind === 'constant') {
      weights[i] = initialiser.value;
    } else {
      weights[i] = even ? limit * (2 * random.uniform() - 1) : std * random.normal();
    }
  }
  return weights;
}
