import { describe, expect, it } from 'vitest';
import { activationCurves } from './activationCurves.js';
import { type DepthRun, depthStudy } from './depth.js';

const small = { depth: 8, width: 32, seeds: [1, 2, 3] };
const of = (runs: DepthRun[], activation: string, batchNorm: boolean) =>
  runs.filter((run) => run.activation === activation && run.batchNorm === batchNorm);

describe('activationCurves', () => {
  it('has the derivative of g, which a saturating function loses on both sides', () => {
    const { curves } = activationCurves({ from: -4, to: 4, points: 801 });
    for (const { activation, x, g, derivative, limits } of curves) {
      for (let i = 1; i < x.length - 1; i++) {
        if (Math.abs(x[i]) < 0.02) continue; // the kink of ReLU
        expect((g[i + 1] - g[i - 1]) / (x[i + 1] - x[i - 1])).toBeCloseTo(derivative[i], 4);
      }
      const saturates = limits[0] === 0 && limits[1] === 0;
      expect(saturates).toBe(activation === 'sigmoid' || activation === 'tanh');
      if (!saturates) continue;
      // g' falls as |x| grows.
      const middle = 400;
      for (let i = middle; i < x.length - 1; i++) expect(derivative[i + 1]).toBeLessThan(derivative[i]);
      for (let i = middle; i > 0; i--) expect(derivative[i - 1]).toBeLessThan(derivative[i]);
    }
    expect(curves.find(({ activation }) => activation === 'leakyRelu')?.limits).toEqual([0.1, 1]);
  });

  it('refuses what it cannot draw', () => {
    expect(() => activationCurves({ from: 1, to: 1 })).toThrow(/from must be below to, .* found 1 and 1/);
    expect(() => activationCurves({ points: 1 })).toThrow(/points must be .* at least 2/);
    expect(() => activationCurves({ leak: 1 })).toThrow(/leak must be/);
    expect(() => activationCurves({ activation: 'relu' } as object)).toThrow(/no option "activation"/);
  });
});

describe('depthStudy', () => {
  it('shows the sigmoid lose its gradient with depth, and BN keep it', async () => {
    const { runs } = await depthStudy({ ...small, activations: ['sigmoid'] });
    // Measured over seeds 1 to 8: without BN 2.9e-5 to 5.3e-5, with BN 1.0 to 1.5.
    for (const { gradient } of of(runs, 'sigmoid', false)) expect(gradient[0]).toBeLessThan(1e-3);
    for (const { gradient } of of(runs, 'sigmoid', true)) {
      expect(gradient[0]).toBeGreaterThan(0.5);
      expect(gradient[0]).toBeLessThan(4);
    }
  });

  it('shows a random change amplified by depth, and more with BN than without', async () => {
    const { runs } = await depthStudy({ ...small, activations: ['tanh', 'relu'] });
    // Layer 8, seeds 1 to 8: tanh 4.7 to 5.9 with BN, 2.6 to 3.5 without; ReLU 6.7 to 8.1 and 2.5 to 4.6.
    for (const activation of ['tanh', 'relu']) {
      for (const batchNorm of [true, false]) {
        for (const { randomChange } of of(runs, activation, batchNorm)) {
          expect(randomChange[7]).toBeGreaterThan(1.5 * randomChange[0]);
        }
      }
      const last = (batchNorm: boolean) => of(runs, activation, batchNorm).map((run) => run.randomChange[7]);
      expect(Math.min(...last(true))).toBeGreaterThan(Math.max(...last(false)));
    }
  });

  it('shows that BN does not notice the scale of the weights, and that ReLU without BN adds it up', async () => {
    const { runs } = await depthStudy({ ...small, activations: ['relu'] });
    for (const { scaleChange } of of(runs, 'relu', false)) {
      // (1 + c)^l - 1 is l c and a little more.
      scaleChange.forEach((value, layer) => {
        expect(value / (layer + 1)).toBeCloseTo(1, 1);
      });
    }
    for (const { scaleChange } of of(runs, 'relu', true)) expect(Math.max(...scaleChange)).toBeLessThan(1e-3);
  });

  it('gives the same numbers twice, ends early when stopped, and refuses what it cannot run', async () => {
    const config = { ...small, seeds: [4], activations: ['relu' as const] };
    expect(await depthStudy(config)).toEqual(await depthStudy(config));
    const stopping = new AbortController();
    const part = await depthStudy(small, { signal: stopping.signal, onProgress: () => stopping.abort() });
    expect(part).toMatchObject({ planned: 18, stopped: true });
    expect(part.runs).toHaveLength(1);
    await expect(depthStudy({ depth: 1 })).rejects.toThrow(/depth must be .* at least 2/);
    await expect(depthStudy({ activations: ['identity' as 'relu'] })).rejects.toThrow(
      /activations must be one of/,
    );
    await expect(depthStudy({ change: 0 })).rejects.toThrow(/change must be .* above 0/);
  });
});
