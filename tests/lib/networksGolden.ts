/** The golden values of data/golden/networks.json (PyTorch, float64; made by networks.py beside it). */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Optimiser } from '../../lib/src/optimiser.js';

export interface GoldenOptimiser {
  kind: 'optimiser';
  name: string;
  optimiser: Optimiser;
  start: number[];
  gradients: number[][];
  rates: number[];
  after: number[][];
}

type GoldenNetworks = GoldenOptimiser;

export function goldenNetworks<K extends GoldenNetworks['kind']>(
  kind: K,
): Extract<GoldenNetworks, { kind: K }>[] {
  const file = new URL('../../data/golden/networks.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenNetworks[] };
  const found = cases.filter((one): one is Extract<GoldenNetworks, { kind: K }> => one.kind === kind);
  expect(found.length).toBeGreaterThan(0);
  return found;
}
