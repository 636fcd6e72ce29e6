// %% [markdown]
// # Solutions of 01

// %%
import { checkGreyPixel } from 'batchnorm';

const greyPixel = (red: number, green: number, blue: number): number[] => {
  // Your turn.
  // BEGIN SOLUTION
  const brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
  return [brightness, brightness, brightness];
  // ELSE
  // return [red, green, blue];
  // WRONG That is the plain mean
  // const mean = (red + green + blue) / 3;
  // return [mean, mean, mean];
  // WRONG did not add them up
  // return [0.299 * red, 0.587 * green, 0.114 * blue];
  // END SOLUTION
};
checkGreyPixel(greyPixel);

// %%
import { checkWhichShift } from 'batchnorm';

// BEGIN SOLUTION
const yourAnswer = 'a';
// ELSE
// const yourAnswer = '?'; // 'a', 'b', 'c' or 'd'
// WRONG That is concept shift
// const yourAnswer = 'b';
// WRONG that is label shift
// const yourAnswer = 'c';
// END SOLUTION
checkWhichShift(yourAnswer);
