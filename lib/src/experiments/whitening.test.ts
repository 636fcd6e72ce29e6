import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { centralDifferences, expectClose } from '../../../tests/lib/support.js';
import { sigmoid } from '../activations.js';
import { Random } from '../random.js';
import { lowestLoss, neuronCurve, weightPath } from './inputNeuron.js';
import { singularCovariance } from './singularCovariance.js';
import { whitenedDigits } from './whitenedDigits.js';
import { whiteningCost } from './whiteningCost.js';
import { whiteningInputs } from './whiteningInputs.js';

describe('whiteningInputs', () => {
  const result = whiteningInputs({ seeds: [1, 2, 3, 4, 5] });

  it('whitens step by step', () => {
    const [raw, centred, decorrelated, equalised] = result.stages;
    expect(Math.min(...raw.x1, ...raw.x2)).toBeGreaterThan(0);
    expectClose(centred.mean, [0, 0], 1e-12);
    expectClose(centred.covariance, raw.covariance, 1e-12);
    expectClose([decorrelated.covariance[1]], [0], 1e-12);
    // a rotation keeps the sum of the variances
    expect(decorrelated.covariance[0] + decorrelated.covariance[3]).toBeCloseTo(
      raw.covariance[0] + raw.covariance[3],
      12,
    );
    expectClose(equalised.covariance, [1, 0, 0, 1], 1e-12);
  });

  it('moves both weights together always, often, or half of the time', () => {
    const [raw, centred, whitened] = result.paths;
    expect(raw.together).toBe(1);
    expect(centred.together).toBeGreaterThan(0.6);
    expect(whitened.together).toBeLessThan(0.7);
    // every piece of the raw path goes up on both axes, or down on both
    for (let k = 1; k < raw.w1.length; k++) {
      expect((raw.w1[k] - raw.w1[k - 1]) * (raw.w2[k] - raw.w2[k - 1])).toBeGreaterThanOrEqual(0);
    }
    expect(raw.updatesToTenth).toBeNull();
    expect(whitened.updatesToTenth).not.toBeNull();
  });

  it('learns in some hundreds, some tens, and a few steps, on every one of five seeds', () => {
    const [raw, centred, whitened] = result.curves;
    // measured on seeds 1 to 6: raw 302 to 482, centred 37 to 59, whitened 2 or 3
    for (const steps of raw.stepsToThousandth) expect(steps ?? 1000).toBeGreaterThan(150);
    for (const steps of centred.stepsToThousandth) expect(steps).toBeLessThan(120);
    for (const steps of centred.stepsToThousandth) expect(steps).toBeGreaterThan(15);
    for (const steps of whitened.stepsToThousandth) expect(steps).toBeLessThan(10);
    expect(raw.condition).toBeGreaterThan(100);
    expect(centred.condition).toBeLessThan(60);
    expect(whitened.condition).toBeCloseTo(1, 10);
    // no chosen rate lies at an end of the list, where a better one might lie beyond
    const { learningRates } = result.config;
    for (const { learningRate } of result.curves) {
      expect(learningRates.slice(1, -1)).toContain(learningRate);
    }
  });

  it('gives the same bytes for the same seeds and refuses what it cannot run', () => {
    const short = { steps: 5, updates: 3, m: 20, seeds: [7] };
    expect(JSON.stringify(whiteningInputs(short))).toBe(JSON.stringify(whiteningInputs(short)));
    expect(JSON.stringify(whiteningInputs({ ...short, seeds: [8] }).stages)).not.toBe(
      JSON.stringify(whiteningInputs(short).stages),
    );
    expect(() => whiteningInputs({ correlation: 1 })).toThrow(
      'correlation must be above -1 and below 1, found 1',
    );
    expect(() => whiteningInputs({ correlation: Number.NaN })).toThrow('correlation must be');
    expect(() => whiteningInputs({ m: 5 })).toThrow('m must be a whole number of at least 10, found 5');
    expect(() => whiteningInputs({ seeds: [] })).toThrow('the number of seeds must be');
    expect(() => whiteningInputs({ learningRates: [0] })).toThrow(
      'learningRates must be a finite number above 0',
    );
    expect(() => whiteningInputs({ step: 5 } as object)).toThrow('whiteningInputs has no option "step"');
  });
});

describe('the neuron behind it', () => {
  const draw = (seed: number, m: number) => {
    const random = new Random(seed);
    const z = Float64Array.from({ length: 2 * m }, () => random.normal());
    const labels = Array.from({ length: m }, (_, i) => (random.uniform() < sigmoid(z[2 * i]) ? 1 : 0));
    return { z, labels };
  };

  it('starts at ln 2 and steps down the gradient that central differences give', () => {
    const { z, labels } = draw(1, 30);
    const loss = (v: Float64Array) =>
      labels.reduce((sum: number, label, i) => {
        const p = sigmoid(v[0] * z[2 * i] + v[1] * z[2 * i + 1] + v[2]);
        return sum - (label === 1 ? Math.log(p) : Math.log(1 - p)) / 30;
      }, 0);
    const curve = neuronCurve(z, labels, 0.5, 1);
    expect(curve[0]).toBeCloseTo(Math.LN2, 14);
    const gradient = centralDifferences(loss, [0, 0, 0]);
    expect(curve[1]).toBeCloseTo(loss(gradient.map((g) => -0.5 * g)), 9);
  });

  it('has a lowest loss that no long descent gets below, and almost reaches', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { z, labels } = draw(seed, 60);
        const end = neuronCurve(z, labels, 2, 2000)[2000];
        const best = lowestLoss(z, labels);
        expect(end).toBeGreaterThanOrEqual(best - 1e-12);
        expect(end).toBeLessThan(best + 1e-6);
      }),
      { numRuns: 20 },
    );
  });

  it('can have a loss of 0 where no label is a mistake, and knows the share of the labels where inputs are constant', () => {
    expect(lowestLoss([-1, 0, -2, 1, 1, 0, 2, 1], [0, 0, 1, 1])).toBeLessThan(1e-12);
    expect(lowestLoss([0, 0, 0, 0, 0, 0, 0, 0], [0, 1, 1, 1])).toBeCloseTo(
      -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25),
      12,
    );
  });

  it('walks in the raw weights whatever the inputs are multiplied by', () => {
    const { z } = draw(2, 20);
    const order = Array.from({ length: 15 }, (_, k) => k);
    const plain = weightPath({ z, m: 20, matrix: [1, 0, 0, 1] }, order, [1, -1]);
    const doubled = weightPath({ z: z.map((v) => 2 * v), m: 20, matrix: [2, 0, 0, 2] }, order, [1, -1]);
    expectClose(doubled.w1, plain.w1, 1e-13);
    expectClose(doubled.w2, plain.w2, 1e-13);
  });
});

describe('whiteningCost', () => {
  it('counts the bytes of what is kept: d, d^2, and m d^2', async () => {
    const progress = vi.fn();
    const { points, stopped } = await whiteningCost(
      { features: [16, 8], m: 32, repeats: 1 },
      { onProgress: progress },
    );
    expect(stopped).toBe(false);
    expect(points.map(({ d }) => d)).toEqual([8, 16]);
    for (const { d, bytes } of points) {
      expect(bytes).toEqual({
        batchNorm: 8 * 2 * d,
        whitening: 8 * (3 * d * d + 2 * d),
        backward: 8 * (2 * d * d + d),
        jacobians: 8 * (32 * d * d + d * d),
        jacobiansOfLayer: 8 * 32 * 32 * d * d,
      });
    }
    expect(progress.mock.calls.map(([done, total]) => [done, total])).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  it('takes far more time for the Jacobians than for BN, and the more the more features there are', async () => {
    const { points, growth } = await whiteningCost({ features: [8, 32], m: 64, repeats: 3 });
    const [few, many] = points.map(({ milliseconds }) => milliseconds.jacobians / milliseconds.batchNorm);
    expect(many).toBeGreaterThan(20);
    expect(many).toBeGreaterThan(few);
    expect(growth.jacobians).toBeGreaterThan(1.5);
  });

  it('returns what it has when it is stopped, and refuses what it cannot run', async () => {
    const controller = new AbortController();
    const stopping = { onProgress: () => controller.abort(), signal: controller.signal };
    const half = await whiteningCost({ features: [2, 4, 8], m: 16, repeats: 1 }, stopping);
    expect(half).toMatchObject({ stopped: true, points: [{ d: 2 }] });
    await expect(whiteningCost({ features: [4, 16], m: 16 })).rejects.toThrow(
      'each of features must be below m = 16, found 16: the covariance would have no inverse',
    );
    await expect(whiteningCost({ features: [4] })).rejects.toThrow('number of features to try');
    await expect(whiteningCost({ repeats: 0 })).rejects.toThrow('repeats must be');
    await expect(whiteningCost({ d: 4 } as object)).rejects.toThrow('whiteningCost has no option "d"');
  });
});

describe('singularCovariance', () => {
  it('spreads the eigenvalues as Marchenko and Pastur say, until there is no inverse', () => {
    const { points } = singularCovariance({ m: 60, features: [30, 59, 60, 100], seeds: [1, 2, 3, 4, 5] });
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [half, most, all, more] = points;
    expect(mean(half.smallest)).toBeGreaterThan(0.04);
    expect(mean(half.smallest)).toBeLessThan(0.2); // the law's edge: 0.086
    expect(Math.abs(mean(half.largest) - (1 + Math.SQRT1_2) ** 2)).toBeLessThan(0.4);
    expect(Math.max(...most.smallest)).toBeLessThan(0.01);
    expect([half.refusal, most.refusal]).toEqual([null, null]);
    expect(all.refusal).toMatch(/m must be above d = 60 for whitening with epsilon = 0, found 60/);
    expect(more.refusal).toMatch(/rank 59 at most/);
    expect(Math.max(...more.smallest.map(Math.abs))).toBeLessThan(1e-12);
  });

  it('gives the same bytes twice and refuses what it cannot run', () => {
    expect(JSON.stringify(singularCovariance({ m: 8 }))).toBe(JSON.stringify(singularCovariance({ m: 8 })));
    expect(singularCovariance({ m: 2 }).config.features[0]).toBe(1);
    expect(() => singularCovariance({ m: 1 })).toThrow('m must be a whole number of at least 2');
    expect(() => singularCovariance({ features: [0.5] })).toThrow('each of features must be a whole number');
    expect(() => singularCovariance({ features: [] })).toThrow('the number of features to try must be');
    expect(() => singularCovariance({ seed: 1 } as object)).toThrow('no option "seed"');
  });
});

describe('whitenedDigits', () => {
  const tiny = { seeds: [1, 2], learningRates: [0.3, 3], steps: 20, trainCount: 300, testCount: 100 };

  it('gives the same numbers twice, for every preparation, rate and seed', async () => {
    const progress = vi.fn();
    const first = await whitenedDigits(tiny, { onProgress: progress });
    expect(first).toMatchObject({ planned: 12, stopped: false, looks: [1, 2, 4, 8, 14, 20] });
    expect(first.runs).toHaveLength(12);
    expect(JSON.stringify(await whitenedDigits(tiny))).toBe(JSON.stringify(first));
    expect(progress.mock.calls.at(-1)?.slice(0, 2)).toEqual([12, 12]);
  });

  it('learns faster at first when the inputs are centred or whitened, on each of three seeds', async () => {
    const { runs, looks } = await whitenedDigits({
      seeds: [1, 2, 3],
      learningRates: [1, 3],
      steps: 100,
      trainCount: 3000,
      testCount: 1000,
    });
    const early = looks.indexOf(20);
    for (const seed of [1, 2, 3]) {
      const best = (inputs: string) =>
        Math.max(...runs.filter((r) => r.inputs === inputs && r.seed === seed).map((r) => r.accuracy[early]));
      expect(best('centred')).toBeGreaterThan(best('raw'));
      expect(best('whitened')).toBeGreaterThan(best('raw'));
    }
  });

  it('keeps what is finished when it is stopped, and refuses what it cannot run', async () => {
    const controller = new AbortController();
    const onProgress = (done: number) => {
      if (done === 3) controller.abort();
    };
    const part = await whitenedDigits(tiny, { onProgress, signal: controller.signal });
    expect(part).toMatchObject({ stopped: true, planned: 12 });
    expect(part.runs).toHaveLength(3);
    await expect(whitenedDigits({ trainCount: 196 })).rejects.toThrow(
      'trainCount must be a whole number of at least 197',
    );
    await expect(whitenedDigits({ epsilon: 0 })).rejects.toThrow('epsilon must be a finite number above 0');
    await expect(whitenedDigits({ seeds: [] })).rejects.toThrow('the number of seeds');
    await expect(whitenedDigits({ rates: [1] } as object)).rejects.toThrow('no option "rates"');
  });
});
