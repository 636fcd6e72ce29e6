// %% [markdown]
// # Solutions of 16

// %%
import { checkCosine } from 'batchnorm';

const cosine = (before: number[], after: number[]): number => {
  const product = before.reduce((sum, value, i) => sum + value * after[i], 0);
  // BEGIN SOLUTION
  return product / (Math.hypot(...before) * Math.hypot(...after));
  // ELSE
  // // Your turn: this is the scalar product alone.
  // return product;
  // WRONG the other measure
  // return product === 0 ? 0 : Math.hypot(...before.map((value, i) => value - after[i]));
  // WRONG You divided by |G| twice
  // return product / Math.hypot(...before) ** 2;
  // WRONG not added
  // return product / (Math.hypot(...before) + Math.hypot(...after));
  // END SOLUTION
};
checkCosine(cosine);

// %%
import { checkGrowthOverDepth } from 'batchnorm';

// BEGIN SOLUTION
const growthOver50 = (Math.PI / (Math.PI - 1)) ** (50 / 2);
// ELSE
// const growthOver50 = Number.NaN; // your number here
// WRONG That is the squared gradient
// const growthOver50 = (Math.PI / (Math.PI - 1)) ** 50;
// WRONG it is a power, not a product with 50
// const growthOver50 = (50 * Math.PI) / (Math.PI - 1);
// END SOLUTION
checkGrowthOverDepth(growthOver50);

// %%
import { checkSmallestBatch } from 'batchnorm';

// BEGIN SOLUTION
const smallestBatch = 3 + 1 / 0.1; // (B − 2)/(B − 3) = 1 + 1/(B − 3)
// ELSE
// const smallestBatch = Number.NaN; // your number here
// WRONG That is B − 3
// const smallestBatch = 10;
// WRONG a little too much
// const smallestBatch = 12;
// END SOLUTION
checkSmallestBatch(smallestBatch);
