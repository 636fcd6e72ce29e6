import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { peers, probeOf } from './feature.js';
import { groups } from './features/index.js';
import { root } from './kernels.mjs';
import { putTable, readResults } from './table.js';

const features = groups.flatMap((group) => group.features);

describe('the table of features in kernel/README.md', () => {
  test('is the one that `npm run features` makes of the committed answers', () => {
    const readme = readFileSync(join(root, 'kernel/README.md'), 'utf8');
    expect(putTable(readme, readResults())).toBe(readme);
  });

  test('has an answer of every kernel to every question, and no other', () => {
    const results = readResults();
    expect(Object.keys(results)).toEqual(features.map(({ title }) => title));
    const open = features.flatMap(({ title }) =>
      peers.filter((peer) => (results[title]?.[peer] ?? '?') === '?').map((peer) => `${peer}: ${title}`),
    );
    expect(open).toEqual([]);
  });

  test('leaves a cell out exactly where the question makes no sense', () => {
    const results = readResults();
    for (const feature of features) {
      for (const peer of peers) {
        expect(results[feature.title]?.[peer] === '–', `${peer}: ${feature.title}`).toBe(
          probeOf(feature, peer) === null,
        );
      }
    }
  });

  test('asks each question once', () => {
    const titles = features.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});
