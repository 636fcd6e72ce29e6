import { exercise, throwing } from '../../../tests/lib/exercise.js';
import { sigmoid } from '../activations.js';
import {
  type ChainGradient,
  checkChainGradient,
  checkLeaky,
  checkShrinking,
  checkSlope,
  type Leaky,
  type SlopeFromOutput,
} from './saturation.js';

const each =
  (formula: (value: number, a: number) => number) =>
  (values: number[], a = 0) =>
    values.map((value) => formula(value, a));

exercise<SlopeFromOutput>(
  'checkSlope',
  checkSlope,
  [each((g) => g * (1 - g)), each((g) => g - g ** 2)],
  [
    [each((g) => g), /outputs/],
    [each((g) => 1 - g * g), /tanh/],
    [each((g) => 1 - g), /other half/],
    [each((g) => sigmoid(g) * (1 - sigmoid(g))), /once more/],
    [each((g) => 4 * g * (1 - g)), /1\/4, not 1/],
    [each(() => 0.25), /largest value/],
    [throwing, /threw: not written yet/],
  ],
);

exercise<Leaky>(
  'checkLeaky',
  checkLeaky,
  [each((x, a) => Math.max(x, x / a)), each((x, a) => (x > 0 ? x : x / a))],
  [
    [each((x) => Math.max(0, x)), /no slope left/],
    [each((x, a) => (x > 0 ? x : a * x)), /steeper/],
    [each((x, a) => Math.max(x, a * x)), /must be x itself/],
    [each((x, a) => x / a), /Divided everywhere/],
    [each((x) => x), /identity/],
    [each((x) => (x > 0 ? x : 0.01 * x)), /a = 100/],
    [each((x, a) => (x > 0 ? x : -x / a)), /sign has turned/],
  ],
);

exercise<number>(
  'checkShrinking',
  checkShrinking,
  [1 / 1048576, 0.25 ** 10, 9.5e-7],
  [
    [0.25, /one layer/],
    [2.5, /does not add/],
    [1 / 40, /4 · 10/],
    [4 ** 10, /smaller/],
    [0.25 ** 9, /nine layers/],
    [0.5 ** 10, /output at 0/],
    [1, /ReLU/],
    [Number.NaN, /Put a number/],
  ],
);

const slopeAt = (x: number) => sigmoid(x) * (1 - sigmoid(x));
/** A chain walked from its input: `factor` is what each layer contributes. */
const walk =
  (factor: (w: number, x: number, layer: number, last: boolean, input: number) => number): ChainGradient =>
  (weights, input) => {
    let [z, gradient] = [input, 1];
    weights.forEach((w, layer) => {
      gradient *= factor(w, w * z, layer, layer === weights.length - 1, input);
      z = sigmoid(w * z);
    });
    return gradient;
  };
const output: ChainGradient = (weights, input) => weights.reduce((z, w) => sigmoid(w * z), input);

exercise<ChainGradient>(
  'checkChainGradient',
  checkChainGradient,
  [
    walk((w, x) => w * slopeAt(x)),
    // Central differences are an answer, too.
    (weights, input) => (output(weights, input + 1e-5) - output(weights, input - 1e-5)) / 2e-5,
  ],
  [
    [walk((_, x) => slopeAt(x)), /by its weight/],
    [walk((w, _x, _layer, _last, input) => w * slopeAt(input)), /layer has its own/],
    [walk((w, x) => w * slopeAt(sigmoid(x))), /not at its output/],
    [walk((w, x, _, last) => w * (last ? 1 : slopeAt(x))), /its slope is missing/],
    [walk((w, x, layer) => (layer === 0 ? 1 : w) * slopeAt(x)), /first weight is missing/],
    [
      (weights, input) => {
        let [z, sum] = [input, 0];
        for (const w of weights) {
          sum += w * slopeAt(w * z);
          z = sigmoid(w * z);
        }
        return sum;
      },
      /does not add/,
    ],
    [output, /not its gradient/],
    [() => 17, /Not yet/],
    [throwing, /threw: not written yet/],
  ],
);
