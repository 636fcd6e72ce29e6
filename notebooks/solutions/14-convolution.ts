// %% [markdown]
// # Solutions of 14

// %%
import { checkMapMeans } from 'batchnorm';

// x[image][row][column][map]
const mapMeans = (x: number[][][][]): number[] => {
  // BEGIN SOLUTION
  const locations = x.flat(2); // all locations of all images
  return locations[0].map((_, c) => locations.reduce((sum, at) => sum + at[c], 0) / locations.length);
  // ELSE
  // // Your turn: these are the means of the first image alone.
  // const locations = x[0].flat();
  // return locations[0].map((_, c) => locations.reduce((sum, at) => sum + at[c], 0) / locations.length);
  // WRONG That is one mean for each map at each location
  // return x[0].flatMap((row, i) =>
  //   row.flatMap((at, j) => at.map((_, c) => x.reduce((sum, image) => sum + image[i][j][c], 0) / x.length)),
  // );
  // WRONG instance normalization
  // return x.flatMap((image) => {
  //   const own = image.flat();
  //   return own[0].map((_, c) => own.reduce((sum, at) => sum + at[c], 0) / own.length);
  // });
  // WRONG number of images alone
  // const all = x.flat(2);
  // return all[0].map((_, c) => all.reduce((sum, at) => sum + at[c], 0) / x.length);
  // END SOLUTION
};
checkMapMeans(mapMeans);

// %%
import { checkEffectiveBatch } from 'batchnorm';

// BEGIN SOLUTION
const effectiveBatch = 60 * 14 * 14; // n p q
// ELSE
// const effectiveBatch = Number.NaN; // your number here
// WRONG as in a dense layer
// const effectiveBatch = 60;
// WRONG a mean of its own
// const effectiveBatch = 60 * 14 * 14 * 32;
// WRONG sees the output
// const effectiveBatch = 60 * 28 * 28;
// END SOLUTION
checkEffectiveBatch(effectiveBatch);

// %%
import { checkMapParameters } from 'batchnorm';

// BEGIN SOLUTION
const learned = 2 * 32; // a gamma and a beta for each map
// ELSE
// const learned = Number.NaN; // your number here
// WRONG BN per activation
// const learned = 2 * 32 * 14 * 14;
// WRONG measured, not learned
// const learned = 4 * 32;
// WRONG γ alone
// const learned = 32;
// END SOLUTION
checkMapParameters(learned);

// %%
import { checkFoldMap, type MapToFold } from 'batchnorm';

const foldMap = (map: MapToFold): number[] => {
  // BEGIN SOLUTION
  const scale = map.gamma / Math.sqrt(map.variance + map.epsilon);
  return [map.weight * scale, (map.bias - map.mean) * scale + map.beta];
  // ELSE
  // // Your turn: from map.weight, .bias, .gamma, .beta, .mean, .variance and .epsilon
  // return [map.weight, map.bias];
  // WRONG own bias is lost
  // const scale = map.gamma / Math.sqrt(map.variance + map.epsilon);
  // return [map.weight * scale, map.beta - map.mean * scale];
  // WRONG multiplied by the scale like the weights
  // const scale = map.gamma / Math.sqrt(map.variance + map.epsilon);
  // return [map.weight * scale, map.bias + map.beta - map.mean * scale];
  // WRONG inside the root
  // const scale = map.gamma / (Math.sqrt(map.variance) + map.epsilon);
  // return [map.weight * scale, (map.bias - map.mean) * scale + map.beta];
  // END SOLUTION
};
checkFoldMap(foldMap);
