import { describe, expect, test } from 'vitest';
import { expectClose, goldenCases } from '../../tests/lib/support.js';
import { EngineBatchNorm } from './engineBatchNorm.js';
import { Random } from './random.js';

/** Images n x h x w x c as n x c x h x w, or back with the sizes the other way round. */
function channelsFirst(values: ArrayLike<number>, n: number, locations: number, c: number): Float32Array {
  const result = new Float32Array(n * locations * c);
  for (let at = 0; at < result.length; at++) {
    const [feature, row] = [at % c, Math.floor(at / c)];
    const [example, location] = [Math.floor(row / locations), row % locations];
    result[(example * c + feature) * locations + location] = values[at];
  }
  return result;
}

describe('the stand-alone layer', () => {
  test.each(goldenCases('dense'))('gives what PyTorch gives, to float32: $name', (g) => {
    const bn = new EngineBatchNorm([g.m, g.d], { gamma: g.gamma, beta: g.beta, epsilon: g.eps });
    bn.x.set(g.x);
    bn.dy.set(g.dy);
    bn.forward();
    bn.backward();
    // What goes in is rounded to float32, and 1e4 away from 0 that is much beside a deviation of 1.
    const rounding =
      4e-7 + 1e-6 * Math.max(...g.mean.map((mean, j) => Math.abs(mean) / g.variance[j] ** 0.5));
    expectClose(bn.mean, g.mean, 1e-6);
    expectClose(bn.variance, g.variance, rounding);
    for (const name of ['y', 'dx'] as const) {
      expectClose(bn[name], g[name], 4 * rounding);
    }
    expectClose(bn.dGamma, g.dgamma, 4 * rounding);
    expectClose(bn.dBeta, g.dbeta, 1e-6);
  });

  test.each(goldenCases('conv-nhwc'))('gives what PyTorch gives for images, in both layouts: $name', (g) => {
    const { gamma, beta, n, h, w, c } = g;
    const options = { gamma, beta, epsilon: g.eps };
    const last = new EngineBatchNorm([n, h, w, c], options);
    last.x.set(g.x);
    last.dy.set(g.dy);
    const first = new EngineBatchNorm([n, c, h, w], { ...options, layout: 'channelsFirst' });
    first.x.set(channelsFirst(g.x, n, h * w, c));
    first.dy.set(channelsFirst(g.dy, n, h * w, c));
    for (const bn of [last, first]) {
      bn.forward();
      bn.backward();
      expect([bn.m, bn.d]).toEqual([n * h * w, c]);
      expectClose(bn.mean, g.mean, 1e-6);
      expectClose(bn.variance, g.variance, 1e-6);
      expectClose(bn.dGamma, g.dgamma, 2e-6);
      expectClose(bn.dBeta, g.dbeta, 2e-6);
    }
    expectClose(last.y, g.y, 2e-6);
    expectClose(last.dx, g.dx, 2e-6);
    expectClose(first.y, channelsFirst(g.y, n, h * w, c), 2e-6);
    expectClose(first.dx, channelsFirst(g.dx, n, h * w, c), 2e-6);
  });

  test('keeps its memory and its views over a thousand steps, and gives the same bytes each time', () => {
    const bn = new EngineBatchNorm([32, 7, 5, 3], { newWeight: 0.1 });
    const random = new Random(1);
    bn.x.set(bn.x.map(() => random.normal()));
    bn.dy.set(bn.dy.map(() => random.normal()));
    const { buffer } = bn.x;
    bn.forward();
    bn.backward();
    const first = [bn.y.slice(), bn.dx.slice(), bn.dGamma.slice(), bn.dBeta.slice()];
    for (let step = 0; step < 1000; step++) {
      bn.forward();
      bn.backward();
      bn.infer();
    }
    bn.forward();
    expect(bn.x.buffer).toBe(buffer);
    expect(bn.x).toHaveLength(32 * 7 * 5 * 3);
    expect([bn.y, bn.dx, bn.dGamma, bn.dBeta].map((values) => values.slice())).toEqual(first);
  });

  test('NaN goes through, and stays in its feature', () => {
    const bn = new EngineBatchNorm([5, 3]);
    bn.x.set(bn.x.map((_, at) => at));
    bn.x[4] = Number.NaN;
    bn.forward();
    expect(Array.from(bn.y, Number.isNaN)).toEqual(Array.from(bn.y, (_, at) => at % 3 === 1));
    expect(Array.from(bn.mean, Number.isNaN)).toEqual([false, true, false]);
  });

  test('an example alone is inferred, not trained on', () => {
    const bn = new EngineBatchNorm([1, 2], { epsilon: 0, gamma: [1, 2], beta: [0, 1] });
    expect(() => bn.forward()).toThrow(/^m must be at least 2 in training with BN, found 1/);
    bn.setStatistics({ mean: [1, 2], variance: [4, 9] });
    bn.x.set([5, 8]);
    bn.infer();
    expect(Array.from(bn.y)).toEqual([2, 5]);
  });

  test('what is wrong is said', () => {
    const make = (shape: number[], options?: object) => () => new EngineBatchNorm(shape, options);
    expect(make([4])).toThrow('shape must list at least m and d, as [m, d] or [n, h, w, c], found [4]');
    expect(make([4, 0])).toThrow('c in shape must be a whole number of at least 1, found 0');
    expect(make([4, 2.5, 3], { layout: 'channelsFirst' })).toThrow('c in shape must be a whole number');
    expect(make([4, 3], { layout: 'nchw' })).toThrow(
      'layout must be one of "channelsLast", "channelsFirst", found "nchw"',
    );
    expect(make([4, 3], { gamma: [1, 2] })).toThrow('gamma must have d = 3 elements, found 2');
    expect(make([4, 3], { beta: [1, 2, Number.NaN] })).toThrow(/^beta must hold finite numbers, found NaN/);
    expect(make([4, 3], { epsilon: -1 })).toThrow('epsilon must be a finite number of at least 0, found -1');
    expect(make([4, 3], { momentum: 0.1 })).toThrow(/^EngineBatchNorm has no option "momentum"/);
    expect(make([4, 3], { newWeight: 0.1, decay: 0.9 })).toThrow(/takes exactly one of newWeight/);
    expect(make([4, 3], { newWeight: 0 })).toThrow('newWeight must be in (0, 1], found 0');
    expect(make([65536, 4096])).toThrow(
      /^shape must fit, four times over, .* found \[65536, 4096\] with a need of/,
    );
  });

  test('calls in the wrong order are refused', () => {
    const bn = new EngineBatchNorm([2, 2], { epsilon: 0 });
    expect(() => bn.backward()).toThrow(/^backward\(\) must come after forward\(\)/);
    expect(() => bn.infer()).toThrow(/^infer\(\) must have population statistics, found none/);
    bn.x.set([1, 5, 3, 5]);
    expect(() => bn.forward()).toThrow(
      'epsilon must be above 0 when a feature is constant, found epsilon = 0 and variance 0 in column 1',
    );
    expect(() => bn.backward()).toThrow(/^backward\(\) must come after forward\(\)/);
    bn.x.set([1, 5, 3, 6]);
    bn.forward();
    bn.backward();
    expect(() => bn.infer()).toThrow(/found none/);
    expect(() => bn.setStatistics({ mean: [1], variance: [1, 1] })).toThrow(
      'mean must have d = 2 elements, found 1',
    );
    expect(() => bn.setStatistics({ mean: [1, 1], variance: [1, -1] })).toThrow(
      'variance must not be negative',
    );
    expect(() => bn.setStatistics({ mean: [1, 1], variance: [1, 0] })).toThrow(/^epsilon must be above 0/);
    expect(() => bn.infer()).toThrow(/found none/);
  });
});
