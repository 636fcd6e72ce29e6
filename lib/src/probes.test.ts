import { afterEach, describe, expect, test, vi } from 'vitest';
import { networkGradients } from './accumulate.js';
import { activation } from './activations.js';
import { dataset, gather } from './dataset.js';
import { stepMasks } from './dropoutMasks.js';
import { percentiles } from './evaluate.js';
import { gradientShift } from './gradientShift.js';
import { createNetwork, type Network } from './network.js';
import { networkForward } from './networkPass.js';
import { ProbeRecorder, type Probes } from './probes.js';
import { Random } from './random.js';
import { ReferenceEngine } from './referenceEngine.js';
import { SimdEngine } from './simdEngine.js';
import { type TrainingOptions, trainNetwork } from './train.js';

const random = new Random(1);
const x = new Float32Array(3 * 200).map(() => random.normal());
const data = dataset(
  x,
  Array.from({ length: 200 }, (_, i) => (x[3 * i] > x[3 * i + 1] ? 1 : 0)),
  3,
  2,
);
const definition = { sizes: [3, 6, 5, 2], activation: 'sigmoid', batchNorm: true } as const;
const options: TrainingOptions = {
  ...{ train: data, steps: 8, batchSize: 10, learningRate: 0.5, seed: 1, engine: 'reference' },
};
const everything: Probes = {
  at: { every: 2 },
  units: [
    { layer: 0, unit: 5 },
    { layer: 1, unit: 0 },
  ],
  ...{ saturation: true, gradientNorms: true, gradientShift: true, weights: true, examples: 50 },
};

/** The network after so many steps. */
async function after(steps: number, change: object = {}): Promise<Network> {
  return (await trainNetwork({ ...definition, ...change }, { ...options, steps })).network;
}

const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

describe('probes', () => {
  test('read what the functions themselves say, at the steps that were asked for', async () => {
    const { probes } = await trainNetwork(definition, { ...options, probes: everything });
    expect(probes?.states.map(({ step }) => step)).toEqual([0, 2, 4, 6, 8]);
    expect(probes?.gradients.map(({ step }) => step)).toEqual([2, 4, 6, 8]);
    const network = await after(4);
    const state = probes?.states[2];
    const head = gather(
      data,
      Uint32Array.from({ length: 50 }, (_, i) => i),
    );
    const pass = networkForward(network, Float64Array.from(head.x), 50, 'training');
    for (const { layer, unit, values } of state?.units ?? []) {
      const d = network.layers[layer].outputs;
      const inputs = pass.layers[layer].activationInput;
      const column = Array.from({ length: 50 }, (_, i) => inputs[i * d + unit]);
      expect(percentiles(column, [15, 50, 85])).toEqual(values);
    }
    expect(state?.units.length).toBe(2);
    const slope = activation('sigmoid').derivative;
    expect(state?.saturation).toEqual(
      [0, 1].map((layer) => {
        const slopes = Array.from(pass.layers[layer].activationInput, slope);
        return slopes.filter((s) => s < 0.05 * 0.25).length / slopes.length;
      }),
    );
    for (const [layer, reading] of (state?.weights ?? []).entries()) {
      const length = norm(network.layers[layer].weights);
      expect(reading.norm).toBeCloseTo(length, 12);
      expect(reading.effectiveRate).toBeCloseTo(0.5 / length ** 2, 12);
    }
    expect(probes?.states[0].weights.map(({ effectiveRate }) => effectiveRate)).toEqual([null, null, null]);
  });

  test('gradients are those of the minibatch of the step, with its dropout', async () => {
    for (const dropout of [0, 0.4]) {
      const { probes } = await trainNetwork({ ...definition, dropout }, { ...options, probes: everything });
      const [before, moved] = [await after(3, { dropout }), await after(4, { dropout })];
      const spy = vi.spyOn(ReferenceEngine.prototype, 'stepOn');
      await trainNetwork({ ...definition, dropout }, { ...options, steps: 4 });
      const indices = spy.mock.calls[3][1]; // a view that a later draw would change: the run ends here
      const { x: single, labels, m } = gather(data, indices);
      const rows = Float64Array.from(single);
      const masks = stepMasks(before, m, new Random(1).fork('dropout'), 4);
      const own = probes?.gradients[1];
      const expected = networkGradients(before, rows, labels, m, masks);
      const close = (value: number | undefined, wanted: number): void =>
        expect(value).toBeCloseTo(wanted, 12);
      for (const [layer, { weights }] of expected.gradients.entries()) {
        close(own?.norms[layer].weights, norm(weights));
      }
      for (const [layer, shift] of gradientShift(before, moved, rows, labels, m, masks).entries()) {
        close(own?.shift[layer].distance, shift.distance);
        close(own?.shift[layer].cosine, shift.cosine);
      }
      expect(own?.shift[2].distance).toBeGreaterThan(1e-4);
      vi.restoreAllMocks();
    }
  });

  test('the norm of dl/du agrees with the gradient of a bias: both go through the same du', async () => {
    // one example: dl/db = du
    const net = createNetwork({ sizes: [3, 4, 2], activation: 'tanh' }, new Random(3));
    const recorder = new ProbeRecorder({ at: [1], gradientNorms: true }, data, 1, null);
    const engine = new ReferenceEngine(net, 0.1);
    recorder.beforeStep(1, engine, [7]);
    recorder.afterStep(1, engine, 0.1);
    const { x: row, labels } = gather(data, [7]);
    const { gradients } = networkGradients(net, Float64Array.from(row), labels, 1);
    const { norms } = recorder.readings.gradients[0];
    for (const [layer, { bias }] of gradients.entries()) {
      expect(norms[layer].u).toBeCloseTo(norm(bias ?? []), 12);
    }
  });

  test('accumulated minibatches give the gradient of the step as a whole', async () => {
    const plain = { ...definition, batchNorm: false } as const;
    const probes = { at: { every: 1 }, gradientNorms: true, gradientShift: true };
    const whole = await trainNetwork(plain, { ...options, steps: 3, batchSize: 200, probes });
    const parts = await trainNetwork(plain, { ...options, steps: 3, batchSize: 50, accumulate: 4, probes });
    // all 200 examples in another order: without BN the same gradient
    for (const [step, { norms, shift }] of (parts.probes?.gradients ?? []).entries()) {
      for (const [layer, own] of norms.entries()) {
        expect(own.weights).toBeCloseTo(whole.probes?.gradients[step].norms[layer].weights ?? Number.NaN, 8);
        expect(own.u).toBeCloseTo(whole.probes?.gradients[step].norms[layer].u ?? Number.NaN, 8);
        expect(shift[layer].distance).toBeCloseTo(
          whole.probes?.gradients[step].shift[layer].distance ?? Number.NaN,
          8,
        );
      }
    }
    expect(parts.probes?.gradients.length).toBe(3);
  });

  test.each(['simd', 'reference'] as const)('change nothing, on the engine %s', async (engine) => {
    const watched = await trainNetwork(definition, { ...options, engine, probes: everything });
    const plain = await trainNetwork(definition, { ...options, engine });
    expect(watched.losses).toEqual(plain.losses);
    expect(watched.network).toEqual(plain.network);
    expect(plain.probes).toBeNull();
  });

  test('read the same on both engines, within float32', async () => {
    const [simd, reference] = await Promise.all(
      (['simd', 'reference'] as const).map((engine) =>
        trainNetwork(definition, { ...options, engine, probes: everything }),
      ),
    );
    const numbers = (value: unknown): number[] =>
      typeof value === 'number'
        ? [value]
        : typeof value === 'object' && value !== null
          ? Object.values(value).flatMap(numbers)
          : [];
    const [a, b] = [numbers(simd.probes), numbers(reference.probes)];
    expect(a.length).toBe(b.length);
    expect(a.length).toBeGreaterThan(100);
    for (const [i, value] of a.entries()) {
      expect(Math.abs(value - b[i])).toBeLessThan(1e-4 * (1 + Math.abs(b[i])));
    }
  });

  test('work on convolutional layers, unit by unit and map by map', async () => {
    const { probes } = await trainNetwork(
      {
        ...{ image: { height: 1, width: 3, channels: 1 }, conv: [{ filters: 2, kernel: [1, 2] as const }] },
        ...{ sizes: [3, 2], activation: 'tanh', batchNorm: true },
      },
      { ...options, probes: { ...everything, units: [{ layer: 0, unit: 5 }] } },
    );
    expect(probes?.states[0].units[0].values.length).toBe(3);
    expect(probes?.gradients[0].norms.length).toBe(2);
  });
});

describe('probes that are off', () => {
  afterEach(() => vi.restoreAllMocks());

  test.each([
    ['simd', SimdEngine],
    ['reference', ReferenceEngine],
  ] as const)(
    'cost not one call: the engine %s is asked for its steps and, once, for the network',
    async (engine, Kind) => {
      const calls = (
        ['network', 'activationInputs', 'minibatchStatistics', 'logits', 'logitsOn', 'stepOn'] as const
      ).map((name) => [name, vi.spyOn(Kind.prototype, name)] as const);
      const recorded = vi.spyOn(ProbeRecorder.prototype, 'beforeStep');
      const looked = vi.spyOn(ProbeRecorder.prototype, 'afterStep');
      await trainNetwork(definition, { ...options, engine });
      expect(calls.map(([name, spy]) => [name, spy.mock.calls.length])).toEqual([
        ['network', 1],
        ['activationInputs', 0],
        ['minibatchStatistics', 0],
        ['logits', 0],
        ['logitsOn', 0],
        ['stepOn', 8],
      ]);
      expect([recorded.mock.calls.length, looked.mock.calls.length]).toEqual([0, 0]);
    },
  );

  test('between two probed steps nothing is read either', async () => {
    const network = vi.spyOn(SimdEngine.prototype, 'network');
    await trainNetwork(definition, { ...options, engine: 'simd', probes: { at: [3], gradientShift: true } });
    // before and after step 3, and for the result
    expect(network.mock.calls.length).toBe(3);
  });
});

describe('bad probes', () => {
  test.each<[string, object, string]>([
    ['an unknown option', { at: [1], gradients: true }, 'probes has no option "gradients"'],
    ['half a step', { at: [0.5] }, 'probes.at[0] must be a whole number of at least 0, found 0.5'],
    ['every 0 steps', { at: { every: 0 } }, 'probes.at.every must be a whole number of at least 1, found 0'],
    [
      'a layer that is not there',
      { at: [1], units: [{ layer: 2, unit: 0 }] },
      'probes.units.layer must be below the number of hidden layers, 2, found 2',
    ],
    [
      'a unit that is not there',
      { at: [1], units: [{ layer: 1, unit: 5 }] },
      'probes.units.unit must be below the 5 units of layer 1, found 5',
    ],
    ['a percentage of 101', { at: [1], percents: [101] }, 'probes.percents must be from 0 to 100, found 101'],
    ['a share of 0', { at: [1], saturation: 0 }, 'probes.saturation must be in (0, 1]'],
    [
      'no examples',
      { at: [1], examples: 0 },
      'probes.examples must be a whole number of at least 1, found 0',
    ],
  ])('%s', async (_, probes, message) => {
    await expect(trainNetwork(definition, { ...options, probes: probes as Probes })).rejects.toThrow(message);
  });
});
