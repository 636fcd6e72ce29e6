/** The golden values of data/golden/networks.json (PyTorch, float64; made by networks.py beside it). */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { ActivationName } from '../../lib/src/activations.js';
import type { ConvolutionDefinition, ImageSize } from '../../lib/src/convolutionDefinition.js';
import type { ParameterKind } from '../../lib/src/l2.js';
import type { DropoutPlace, Placement } from '../../lib/src/network.js';
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

export interface GoldenConvolution {
  kind: 'convolution';
  name: string;
  n: number;
  height: number;
  width: number;
  channels: number;
  filters: number;
  kernel: [number, number];
  stride: [number, number];
  padding: { top: number; bottom: number; left: number; right: number };
  x: number[];
  weights: number[];
  bias: number[];
  u: number[];
  du: number[];
  dx: number[];
  dweights: number[];
  dbias: number[];
}

export interface GoldenPool {
  kind: 'pool';
  name: string;
  pooling: 'max' | 'average';
  n: number;
  height: number;
  width: number;
  channels: number;
  size: [number, number];
  stride: [number, number];
  x: number[];
  y: number[];
  dy: number[];
  dx: number[];
}

/** A layer's parameters by name; after training with the moving averages too. */
export type GoldenLayer = Partial<
  Record<'weights' | 'bias' | 'gamma' | 'beta' | 'mean' | 'variance', number[]>
>;

export interface GoldenTraining {
  kind: 'training';
  name: string;
  sizes: number[];
  activation: ActivationName;
  placement: Placement;
  optimiser: Optimiser;
  l2: { lambda: number; on: ParameterKind[] };
  dropout: number;
  place: DropoutPlace;
  /** Examples in each minibatch; x has m * accumulate of them. */
  m: number;
  accumulate: number;
  epsilon: number;
  new_weight: number;
  x: number[];
  labels: number[];
  rates: number[];
  start: GoldenLayer[];
  /** The loss's gradients at the first step. */
  gradients: GoldenLayer[];
  losses: number[];
  end: GoldenLayer[];
  /** For each step, each accumulated minibatch and each hidden layer: 1 where a number was kept. */
  masks?: string[][][];
  image?: ImageSize;
  conv?: ConvolutionDefinition[];
}

export interface GoldenGradientShift {
  kind: 'gradient-shift';
  name: string;
  sizes: number[];
  activation: ActivationName;
  placement: Placement;
  m: number;
  rate: number;
  epsilon: number;
  x: number[];
  labels: number[];
  start: GoldenLayer[];
  shift: { distance: number; cosine: number; before: number; after: number }[];
}

type GoldenNetworks = GoldenOptimiser | GoldenConvolution | GoldenPool | GoldenTraining | GoldenGradientShift;

export function goldenNetworks<K extends GoldenNetworks['kind']>(
  kind: K,
): Extract<GoldenNetworks, { kind: K }>[] {
  const file = new URL('../../data/golden/networks.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenNetworks[] };
  const found = cases.filter((one): one is Extract<GoldenNetworks, { kind: K }> => one.kind === kind);
  expect(found.length).toBeGreaterThan(0);
  return found;
}
