import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { imagesInMemory } from '../../data/imageSource.js';
import { Random } from '../../random.js';
import { tensorflow } from '../backend.js';
import { BatchNorm } from '../batchNormLayer.js';
import { completeDcgan, type DcganConfig, dcganPlacements } from './config.js';
import { DcganState } from './state.js';
import { type DcganResult, trainDcgan } from './train.js';

let tf: Awaited<ReturnType<typeof tensorflow>>;

const shape = { height: 8, width: 8, channels: 3 } as const;
const random = new Random(1);
const images = imagesInMemory(
  'noise',
  shape,
  Uint8Array.from({ length: 12 * 192 }, () => random.integer(256)),
);
const small = {
  images,
  maps: 3,
  stages: 2,
  latent: 4,
  batchSize: 5,
  steps: 6,
  seed: 3,
} satisfies DcganConfig;

/** All that a run computed, as one list of bytes. */
function outcome(result: DcganResult): string {
  const weights = [...result.generator.getWeights(), ...result.discriminator.getWeights()];
  const numbers = weights.map((weight) => Array.from(weight.dataSync()).join());
  return JSON.stringify([numbers, result.history, Array.from(result.samples.bytes)]);
}

beforeAll(async () => {
  tf = await tensorflow({ backend: 'wasm', say: () => {} });
});

describe('trainDcgan', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dcgan-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('gives the same bytes for the same seed, others for another', async () => {
    const outcomes: string[] = [];
    for (const seed of [3, 3, 4]) {
      const trained = await trainDcgan({ ...small, seed });
      outcomes.push(outcome(trained));
      trained.dispose();
    }
    expect(outcomes[0]).toBe(outcomes[1]);
    expect(outcomes[0]).not.toBe(outcomes[2]);
  });

  test('goes on after a Stop with the very numbers that it would have had', async () => {
    const whole = await trainDcgan(small);
    const stop = new AbortController();
    const first = await trainDcgan(small, {
      folder,
      signal: stop.signal,
      onProgress: (done) => done === 4 && stop.abort(),
    });
    expect([first.step, first.aborted]).toEqual([4, true]);
    const second = await trainDcgan(small, { folder });
    expect([second.step, second.aborted]).toEqual([6, false]);
    expect(outcome(second)).toBe(outcome(whole));
    expect(second.seconds).toBeGreaterThan(first.seconds);
    expect(readdirSync(folder)).toEqual(['checkpoint.safetensors']); // no half-written file is left
    for (const run of [whole, first, second]) run.dispose();
  });

  test('refuses a checkpoint of another run, and a damaged one', async () => {
    (await trainDcgan({ ...small, steps: 1 }, { folder })).dispose();
    await expect(trainDcgan({ ...small, seed: 9 }, { folder })).rejects.toThrow(
      /checkpoint of another run.*another folder/,
    );
    writeFileSync(join(folder, 'checkpoint.safetensors'), 'nonsense!');
    await expect(trainDcgan(small, { folder })).rejects.toThrow(/no safetensors file, or a damaged one/);
  });

  test('shows samples while it trains, and stops when its seconds are over', async () => {
    const seen: number[] = [];
    const run = await trainDcgan(
      { ...small, steps: 1000 },
      { samplesEvery: 2, onSamples: ({ step }) => seen.push(step), seconds: 0.5 },
    );
    expect(seen.slice(0, 3)).toEqual([0, 2, 4]);
    expect(run.aborted).toBe(true);
    run.dispose();
  });

  test('leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    (await trainDcgan(small)).dispose();
    (await trainDcgan({ ...small, mixed: true, batchNorm: 'everywhere' })).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('says which option is wrong', async () => {
    await expect(trainDcgan({ ...small, a: 1 })).rejects.toThrow(/a must be in \(1, infinity\), found 1/);
    await expect(trainDcgan({ ...small, stages: 4 })).rejects.toThrow(/multiples of 16, found 8 x 8/);
    await expect(trainDcgan({ ...small, leak: 2 } as DcganConfig)).rejects.toThrow(/no option "leak"/);
  });
});

describe('the networks', () => {
  const bnOf = (model: { layers: unknown[] }) => model.layers.map((layer) => layer instanceof BatchNorm);

  test.each([
    ['paper', 2, 1],
    ['everywhere', 3, 2],
    ['none', 0, 0],
  ] as const)('BN "%s": %i in the generator, %i in the discriminator', (batchNorm, inG, inD) => {
    const state = new DcganState(completeDcgan(shape, { stages: 2, batchNorm }));
    const [generator, discriminator] = [state.generator, state.discriminator].map(bnOf);
    expect(generator.filter(Boolean).length).toBe(inG);
    expect(discriminator.filter(Boolean).length).toBe(inD);
    expect(generator.at(-2)).toBe(batchNorm === 'everywhere'); // before tanh
    expect(discriminator[1]).toBe(batchNorm === 'everywhere'); // after the first convolution
    expect(state.generator.outputs[0].shape).toEqual([null, 8, 8, 3]);
    state.dispose();
  });

  test('their first weights have the standard deviation that was asked for', () => {
    const state = new DcganState(completeDcgan(shape, { maps: 32 }));
    for (const model of [state.generator, state.discriminator]) {
      const values = Array.from(model.getWeights()[0].dataSync());
      expect(Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length)).toBeCloseTo(0.02, 2);
    }
    state.dispose();
  });

  test.each(dcganPlacements.flatMap((batchNorm) => [false, true].map((mixed) => ({ batchNorm, mixed }))))(
    'a step on WebAssembly equals one in plain JavaScript: %o',
    async (options) => {
      // Large weights, so that no gradient drowns in rounding; Adam's first step alone would hide their size.
      const complete = completeDcgan(shape, { ...small0(), ...options, deviation: 0.3 });
      const results: { loss: number[]; weights: number[][] }[] = [];
      for (const backend of ['cpu', 'wasm'] as const) {
        await tensorflow({ backend, say: () => {} });
        const state = new DcganState(complete);
        const steps = [0, 1, 2].map((step) => state.advance(images.batch(1, step, complete.batchSize)));
        results.push({
          loss: steps.flatMap((step) => [step.discriminatorLoss, step.generatorLoss]),
          weights: Object.entries(state.tensors())
            .filter(([name]) => name.includes('first'))
            .map(([, { values }]) => Array.from(values)),
        });
        state.dispose();
      }
      const [cpu, wasm] = results;
      cpu.loss.forEach((loss, i) => {
        expect(wasm.loss[i]).toBeCloseTo(loss, 3);
      });
      cpu.weights.forEach((gradient, i) => {
        const scale = Math.max(...gradient.map(Math.abs)) + 1e-6;
        gradient.forEach((value, j) => {
          expect(Math.abs(wasm.weights[i][j] - value) / scale).toBeLessThan(0.02);
        });
      });
    },
  );
});

function small0() {
  const { images: _, ...options } = small;
  return options;
}
