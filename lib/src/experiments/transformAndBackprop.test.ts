import { describe, expect, it } from 'vitest';
import { gradientCheck } from './gradientCheck.js';
import { leftOutTraining } from './leftOutTraining.js';
import { transformStudy } from './transformStudy.js';

describe('transformStudy', () => {
  it.each([1, 2, 3])('finds what section 3 says of the transform (seed %i)', (seed) => {
    const study = transformStudy({ seed, scales: [1e-3, 0.1, 10, 100] });
    expect(Math.max(...study.before.mean.map(Math.abs))).toBeGreaterThan(1);
    for (const value of study.after.mean) expect(Math.abs(value)).toBeLessThan(1e-12);
    // sqrt(v / (v + epsilon)) is a little below 1.
    for (const value of study.after.std) expect(value).toBeCloseTo(1, 3);
    expect(study.identityError).toBeLessThan(1e-12);
    expect(study.biasChange).toBeLessThan(1e-12);
    expect(study.biasGradient).toBeLessThan(1e-14);
    expect(study.betaGradient).toBeGreaterThan(0.01);
    const [tiny, tenth, ten, hundred] = study.scales;
    for (const { a, gradientRatio, inputGradientRatio } of [tenth, ten, hundred]) {
      expect(a * gradientRatio).toBeCloseTo(1, 1);
      expect(inputGradientRatio).toBeCloseTo(1, 1);
    }
    expect(hundred.outputChange).toBeLessThan(1e-3);
    // a = 0.001 puts a² times the variance below epsilon: the claim fails there.
    expect(tiny.a * tiny.gradientRatio).toBeLessThan(0.6);
    expect(tiny.outputChange).toBeGreaterThan(0.5);
  });

  it('finds the sigmoid nearly straight for normalised inputs, and bent for a large gamma', () => {
    const [one, large] = transformStudy({ gammas: [1, 16] }).sigmoid;
    expect(one.linearShare).toBeGreaterThan(0.97);
    expect(large.linearShare).toBeLessThan(0.75);
    expect(one.slope).toBeGreaterThan(0.19);
    expect(large.slope).toBeLessThan(0.04);
  });

  it('is the same twice, and refuses what it cannot compute', () => {
    expect(transformStudy({ seed: 7 })).toEqual(transformStudy({ seed: 7 }));
    expect(() => transformStudy({ m: 1 })).toThrow(/m must be .* at least 2, found 1/);
    expect(() => transformStudy({ scales: [0] })).toThrow(/scales must be .* above 0/);
    expect(() => transformStudy({ scale: [1] } as object)).toThrow(/no option "scale"/);
  });
});

describe('gradientCheck', () => {
  it('agrees with central differences in both forms, and its error falls like h²', () => {
    const { cells } = gradientCheck({ seeds: [1, 2, 3], steps: [1e-2, 1e-3, 1e-5] });
    for (const { step, x, gamma, beta } of cells) {
      if (step === 1e-5) expect(Math.max(x, gamma, beta)).toBeLessThan(2e-8);
    }
    for (const form of ['graph', 'compact']) {
      for (const seed of [1, 2, 3]) {
        const at = (step: number) =>
          cells.find((cell) => cell.form === form && cell.seed === seed && cell.step === step)?.x ??
          Number.NaN;
        expect(at(1e-2) / at(1e-3)).toBeGreaterThan(80);
        expect(at(1e-2) / at(1e-3)).toBeLessThan(125);
      }
    }
  });

  it('tells which term is missing: the sum of dx, or its share along xHat, is no longer 0', () => {
    const { leftOut } = gradientCheck({ seeds: [1, 2, 3] });
    for (const { leftOut: term, error, sum, alongXHat } of leftOut) {
      const [mean, variance] = [term === 'mean' || term === 'both', term === 'variance' || term === 'both'];
      if (mean) expect(sum).toBeGreaterThan(0.1);
      else expect(sum).toBeLessThan(1e-12);
      if (variance) expect(alongXHat).toBeGreaterThan(0.1);
      else expect(alongXHat).toBeLessThan(1e-3);
      if (term === 'nothing') expect(error).toBe(0);
      else expect(error).toBeGreaterThan(0.1);
    }
  });

  it('refuses what it cannot compute', () => {
    expect(() => gradientCheck({ m: 1 })).toThrow(/m must be .* at least 2/);
    expect(() => gradientCheck({ steps: [-1] })).toThrow(/steps must be .* above 0/);
  });
});

describe('leftOutTraining', () => {
  const small = { seeds: [1, 2, 3], steps: 60, hidden: 16 };

  it('moves a bias that has no gradient when the mean’s term is missing, and lengthens the weights faster', async () => {
    const { runs } = await leftOutTraining(small);
    expect(runs).toHaveLength(12);
    const of = (term: string) => runs.filter((run) => run.leftOut === term);
    const last = (values: readonly (number | null)[]) => values[values.length - 1] ?? Number.NaN;
    for (const [i, truth] of of('nothing').entries()) {
      const [mean, variance, both] = [of('mean')[i], of('variance')[i], of('both')[i]];
      expect(last(truth.bias)).toBeLessThan(1e-12);
      expect(last(variance.bias)).toBeLessThan(1e-12);
      expect(last(mean.bias)).toBeGreaterThan(0.2);
      expect(last(both.bias)).toBeGreaterThan(0.2);
      for (const wrong of [mean, variance, both]) {
        expect(last(wrong.weights) - 1).toBeGreaterThan(1.5 * (last(truth.weights) - 1));
      }
      // The loss hardly tells: it is within a third of the true gradient's.
      for (const wrong of [mean, variance]) expect(last(wrong.loss)).toBeLessThan(1.34 * last(truth.loss));
    }
  });

  it('gives the same bytes with any number of workers, and refuses what it cannot run', async () => {
    const config = { leftOut: ['mean' as const, 'nothing' as const], seeds: [4], steps: 20, hidden: 4 };
    const alone = JSON.stringify(await leftOutTraining(config, { workers: 0 }));
    expect(JSON.stringify(await leftOutTraining(config, { workers: 2 }))).toBe(alone);
    await expect(leftOutTraining({ steps: 3 })).rejects.toThrow(/steps must be .* at least 20/);
    expect(await leftOutTraining(config, { signal: AbortSignal.abort() })).toMatchObject({
      stopped: true,
      runs: [],
    });
  });
});
