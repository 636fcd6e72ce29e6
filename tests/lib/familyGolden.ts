/** The golden values in data/golden/family.json (PyTorch, float64; data/golden/family.py made them). */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

interface Affine {
  name: string;
  eps: number;
  gamma?: number[];
  beta?: number[];
}

interface MeanVariance {
  mean: number[];
  variance: number[];
}

/** BN over feature maps: xs are steps in training, `after` the running statistics behind each of them. */
export interface GoldenMaps extends Affine, MeanVariance {
  kind: 'maps';
  /** n, ...spatial, c */
  shape: number[];
  /** PyTorch's momentum; null: the cumulative average. */
  weight: number | null;
  xs: number[][];
  dy: number[];
  /** mean to dbeta belong to the last of xs. */
  y: number[];
  dx: number[];
  dgamma: number[];
  dbeta: number[];
  after: MeanVariance[];
  /** Mean and unbiased variance of all the xs together. */
  pooled: MeanVariance;
  /** The last of xs through BN in eval mode, with the last running statistics. */
  frozen: { y: number[]; dx: number[]; dgamma: number[]; dbeta: number[] };
}

/** Layer, group and instance norm; dgamma and dbeta are missing where the layer has neither. */
export interface GoldenLayered extends Affine {
  kind: 'layer' | 'group' | 'instance';
  shape: number[];
  groups?: number;
  x: number[];
  dy: number[];
  y: number[];
  dx: number[];
  dgamma?: number[];
  dbeta?: number[];
}

export interface GoldenRenorm extends Required<Affine> {
  kind: 'renorm';
  m: number;
  d: number;
  r_max: number;
  d_max: number;
  alpha: number;
  start: { mean: number[]; deviation: number[] };
  steps: Record<
    'x' | 'dy' | 'r' | 'shift' | 'y' | 'dx' | 'dgamma' | 'dbeta' | 'mean_after' | 'deviation_after',
    number[]
  >[];
  test_x: number[];
  test_y: number[];
}

interface Backpropagated extends Required<Affine> {
  d: number;
  x: number[];
  dy: number[];
  y: number[];
  dx: number[];
  dgamma: number[];
  dbeta: number[];
}

export interface GoldenGhost extends Backpropagated {
  kind: 'ghost';
  m: number;
  ghost_size: number;
  weight: number;
  running: MeanVariance;
}

export interface GoldenSynchronised extends Backpropagated, MeanVariance {
  kind: 'synchronised';
  counts: number[];
}

type Golden = GoldenMaps | GoldenLayered | GoldenRenorm | GoldenGhost | GoldenSynchronised;

export function familyCases<K extends Golden['kind']>(kind: K): Extract<Golden, { kind: K }>[] {
  const file = new URL('../../data/golden/family.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Golden[] };
  const found = cases.filter((one): one is Extract<Golden, { kind: K }> => one.kind === kind);
  expect(found.length).toBeGreaterThan(0);
  return found;
}
