import { exercise } from '../../../tests/lib/exercise.js';
import { checkShiftAndScale } from './startHere.js';

exercise<number>(
  'checkShiftAndScale',
  checkShiftAndScale,
  [0, -0],
  [
    [10, /moves the mean/],
    [20, /Neither the 10/],
    [5, /before anything is divided/],
    [2, /doubles as well/],
    [1, /change together/],
    [17, /not it yet/],
    [Number.NaN, /Put a number/],
  ],
);
