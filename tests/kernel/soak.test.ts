import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { soak, summary } from '../soak/soak.js';
import { kernelSpec, root } from './fixture.js';

/** A little of `npm run soak`; SOAK_MINUTES makes it longer, SOAK_SEED repeats its choices. */
const minutes = Number(process.env.SOAK_MINUTES ?? 0.4);
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);

test(
  `random cells for ${minutes} minutes: nothing is lost, wrong, left behind or slower`,
  async () => {
    const parent = join(root, '.lab/soak');
    mkdirSync(parent, { recursive: true });
    console.log(`The soak's seed is ${seed}.`);
    const report = await soak({
      spec: kernelSpec(),
      minutes,
      seed,
      parent,
      say: (text) => console.log(text),
    });
    console.log(summary(report));
    expect(report.violations).toEqual([]);
    // Every kind came up, and a fair number of each sort.
    expect(Object.keys(report.cells).length).toBeGreaterThan(10);
  },
  minutes * 60_000 + 180_000,
);
