/** What `npm run golden` compares for BN's relatives and for whitening: the kinds of family.json and whitening.json. */
import { batchNormBackward, batchNormBackwardGraph } from '../../lib/src/backward.js';
import { batchRenorm, batchRenormBackward } from '../../lib/src/batchRenorm.js';
import type { Numbers } from '../../lib/src/check.js';
import { batchNormMaps } from '../../lib/src/featureMaps.js';
import { batchNormFrozen, batchNormFrozenBackward } from '../../lib/src/frozen.js';
import { ghostBatchNorm, ghostBatchNormBackward } from '../../lib/src/ghostBatchNorm.js';
import { groupNorm, groupNormBackward, groupNormBackwardGraph } from '../../lib/src/groupNorm.js';
import { instanceNorm } from '../../lib/src/instanceNorm.js';
import { layerNorm } from '../../lib/src/layerNorm.js';
import { RunningStatistics } from '../../lib/src/movingAverage.js';
import { batchRenormInference, RenormAverages } from '../../lib/src/renormAverages.js';
import { synchronisedBatchNorm, synchronisedBatchNormBackward } from '../../lib/src/synchronised.js';
import { whiten } from '../../lib/src/whitening.js';
import { whitenBackward, whiteningJacobians } from '../../lib/src/whiteningBackward.js';
import type { GoldenCase } from './goldenCase.js';
import type { Comparison } from './goldenChecks.js';

/** epsilon, and gamma and beta where the layer has them. */
function affine(golden: GoldenCase, c: number): { gamma?: number[]; beta?: number[]; epsilon: number } {
  return {
    epsilon: golden.number('eps'),
    ...(golden.has('gamma') && { gamma: golden.list('gamma', c) }),
    ...(golden.has('beta') && { beta: golden.list('beta', c) }),
  };
}

/** Compares results with the fields of the same names in the file. */
function compare(golden: GoldenCase, found: Record<string, Numbers>, where = ''): Comparison[] {
  return Object.entries(found).map(([field, values]) => ({
    what: `${where}${field}`,
    found: values,
    expected: golden.list(field, values.length),
  }));
}

/** The three gradients, with the names that they have in the files. */
function gradients(found: { dx: Numbers; dGamma: Numbers; dBeta: Numbers }): Record<string, Numbers> {
  return { dx: found.dx, dgamma: found.dGamma, dbeta: found.dBeta };
}

/** BN over feature maps: the last of `xs` in training and frozen, and the running statistics after each of them. */
export function maps(golden: GoldenCase): Comparison[] {
  const shape = golden.list('shape');
  const c = shape[shape.length - 1];
  const elements = shape.reduce((product, size) => product * size, 1);
  const xs = golden.lists('xs', elements);
  const dy = golden.list('dy', elements);
  const options = affine(golden, c);
  const minibatches = xs.map((x) => batchNormMaps(x, shape, options));
  const { mean, variance, y } = minibatches[minibatches.length - 1];
  const running = new RunningStatistics(
    c,
    golden.isNull('weight') ? { cumulative: true } : { newWeight: golden.number('weight') },
  );
  const after = golden.cases('after', xs.length);
  const averages = minibatches.flatMap((minibatch, step) => {
    running.update(minibatch);
    const now = { mean: running.mean.slice(), variance: running.variance.slice() };
    return compare(after[step], now, `after minibatch ${step}: `);
  });
  const forward = minibatches[minibatches.length - 1];
  const frozen = batchNormFrozen(xs[xs.length - 1], elements / c, c, running, options);
  return [
    ...compare(golden, { mean, variance, y }),
    ...compare(golden, gradients(batchNormBackward(dy, forward)), 'compact: '),
    ...compare(golden, gradients(batchNormBackwardGraph(dy, forward)), 'graph: '),
    ...averages,
    ...compare(
      golden.inner('frozen'),
      { y: frozen.y, ...gradients(batchNormFrozenBackward(dy, frozen)) },
      'frozen: ',
    ),
  ];
}

/** Layer, group and instance norm. */
export function layered(golden: GoldenCase): Comparison[] {
  const shape = golden.list('shape');
  const perExample = shape.slice(1).reduce((product, size) => product * size, 1);
  const kind = golden.text('kind');
  const options = affine(golden, kind === 'layer' ? perExample : shape[shape.length - 1]);
  const x = golden.list('x', shape[0] * perExample);
  const dy = golden.list('dy', x.length);
  const forward =
    kind === 'layer'
      ? layerNorm(x, shape[0], perExample, options)
      : kind === 'instance'
        ? instanceNorm(x, shape, options)
        : groupNorm(x, shape, golden.count('groups'), options);
  const has = golden.has('dgamma');
  const known = (all: Record<string, Numbers>): Record<string, Numbers> => (has ? all : { dx: all.dx });
  return [
    ...compare(golden, { y: forward.y }),
    ...compare(golden, known(gradients(groupNormBackward(dy, forward))), 'compact: '),
    ...compare(golden, known(gradients(groupNormBackwardGraph(dy, forward))), 'graph: '),
  ];
}

/** Batch renormalisation: some steps with their averages, then inference. */
export function renorm(golden: GoldenCase): Comparison[] {
  const [m, d] = [golden.count('m'), golden.count('d')];
  const start = golden.inner('start');
  const averages = new RenormAverages(
    d,
    { newWeight: golden.number('alpha') },
    { mean: start.list('mean', d), standardDeviation: start.list('deviation', d) },
  );
  const { gamma, beta, epsilon } = affine(golden, d);
  const limits = { rMax: golden.number('r_max'), dMax: golden.number('d_max') };
  const steps = golden.everyCase('steps').flatMap((step, i) => {
    const forward = batchRenorm(step.list('x', m * d), m, d, averages, { gamma, beta, epsilon, ...limits });
    const backward = batchRenormBackward(step.list('dy', m * d), forward);
    averages.update(forward);
    const { r, shift, y } = forward;
    return compare(
      step,
      {
        r,
        shift,
        y,
        ...gradients(backward),
        mean_after: averages.mean.slice(),
        deviation_after: averages.standardDeviation.slice(),
      },
      `step ${i}: `,
    );
  });
  const x = golden.list('test_x');
  const y = batchRenormInference(x, x.length / d, d, averages, { gamma, beta });
  return [...steps, ...compare(golden, { test_y: y })];
}

/** Ghost batches, forward and backward, with the running statistics after all of them. */
export function ghost(golden: GoldenCase): Comparison[] {
  const [m, d] = [golden.count('m'), golden.count('d')];
  const forward = ghostBatchNorm(
    golden.list('x', m * d),
    m,
    d,
    golden.count('ghost_size'),
    affine(golden, d),
  );
  const running = new RunningStatistics(d, { newWeight: golden.number('weight') });
  for (const one of forward.ghosts) running.update(one);
  const backward = ghostBatchNormBackward(golden.list('dy', m * d), forward);
  return [
    ...compare(golden, { y: forward.y, ...gradients(backward) }),
    ...compare(golden.inner('running'), { mean: running.mean, variance: running.variance }, 'running: '),
  ];
}

/** A batch that is spread over devices, cut into shards of `counts` examples. */
export function synchronised(golden: GoldenCase): Comparison[] {
  const d = golden.count('d');
  const counts = golden.list('counts');
  const all = counts.reduce((sum, count) => sum + count, 0);
  const ends = counts.map((_, i) => counts.slice(0, i + 1).reduce((sum, count) => sum + count, 0));
  const cut = (values: number[]) =>
    counts.map((m, i) => ({ x: values.slice((ends[i] - m) * d, ends[i] * d), m }));
  const together = (parts: readonly Numbers[]) => parts.flatMap((part) => Array.from(part));
  const forward = synchronisedBatchNorm(cut(golden.list('x', all * d)), d, affine(golden, d));
  const dys = cut(golden.list('dy', all * d)).map(({ x }) => x);
  const { dx, dGamma, dBeta } = synchronisedBatchNormBackward(dys, forward);
  return compare(golden, {
    mean: forward.mean,
    variance: forward.variance,
    y: together(forward.shards.map(({ y }) => y)),
    ...gradients({ dx: together(dx), dGamma, dBeta }),
  });
}

/** Whitening with Cov^(-1/2), backprop through it, and both Jacobians of Norm(x, X). */
export function whitening(golden: GoldenCase): Comparison[] {
  const [m, d] = [golden.count('m'), golden.count('d')];
  const forward = whiten(golden.list('x', m * d), m, d, { epsilon: golden.number('epsilon') });
  const { dx } = whitenBackward(golden.list('dy', m * d), forward);
  const { y: pointY, dPoint, dSet } = whiteningJacobians(golden.list('point', d), forward);
  const { covariance, inverseRoot, y } = forward;
  return compare(golden, { covariance, inverseRoot, y, dx, pointY, dPoint, dSet });
}
