import { exercise, throwing } from '../../../tests/lib/exercise.js';
import { sigmoid } from '../activations.js';
import { checkLeaky, checkShrinking, checkSlope, type Leaky, type SlopeFromOutput } from './saturation.js';

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
