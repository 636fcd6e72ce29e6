import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { facesInMemory } from '../../data/faces.js';
import { imagesInMemory } from '../../data/imageSource.js';
import { loadMnist } from '../../data/mnist.js';
import { firstExamples } from '../../dataset.js';
import { renderSvg } from '../../figures/svg.js';
import { Random } from '../../random.js';
import { tensorflow } from '../backend.js';
import { commonStep, type DcganAblation, exampleRun, readAblation } from './ablation.js';
import { completeDcgan } from './config.js';
import { ablationFigure, ablationSamplesFigure, ablationTable } from './figures.js';
import { interpolate, latentPoints, loadGenerator, saveGenerator } from './generatorFile.js';
import {
  coarse,
  digitScore,
  distinctNeighbours,
  frechetDistance,
  imagesOf,
  type MeasuredImages,
  meanDistance,
  measureImages,
  tanhSaturation,
  trainDigitJudge,
} from './measures.js';
import { DcganState, drawLatent, withBatchStatistics } from './state.js';
import { trainDcgan } from './train.js';

let tf: Awaited<ReturnType<typeof tensorflow>>;
beforeAll(async () => {
  tf = await tensorflow({ backend: 'wasm', say: () => {} });
});

const random = new Random(5);
const shape = { height: 4, width: 4, channels: 1 } as const;
const noise = (count: number, scale = 1): MeasuredImages => ({
  ...shape,
  count,
  values: Float32Array.from({ length: 16 * count }, () => scale * random.normal()),
});

describe('measures', () => {
  test('two normal distributions in one dimension: (m1 - m2)^2 + (s1 - s2)^2', () => {
    const a = Float64Array.from({ length: 500 }, () => 1 + 2 * random.normal());
    const b = Float64Array.from({ length: 500 }, () => 4 + random.normal());
    const [first, second] = [a, b].map((values) => {
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      return {
        mean,
        std: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length),
      };
    });
    const expected = (first.mean - second.mean) ** 2 + (first.std - second.std) ** 2;
    expect(frechetDistance(a, b, 1)).toBeCloseTo(expected, 8);
  });

  test('the distance of a set from itself is 0, of a turned one that of its covariance', () => {
    const rows = Float64Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? 3 : 1) * random.normal());
    expect(frechetDistance(rows, rows, 2)).toBeCloseTo(0, 8);
    const turned = rows.map((_, i) => rows[i % 2 === 0 ? i + 1 : i - 1]);
    // about 2 (3 - 1)^2 and the difference of the means
    expect(frechetDistance(rows, turned, 2)).toBeGreaterThan(6);
  });

  test('one picture over and over has no variety and one neighbour', () => {
    const real = noise(400);
    const one = real.values.subarray(0, 16);
    const same = { ...shape, count: 200, values: Float32Array.from({ length: 3200 }, (_, i) => one[i % 16]) };
    expect(meanDistance(same)).toBe(0);
    expect(distinctNeighbours(same, real)).toBe(1);
    expect(distinctNeighbours(real, real)).toBe(400);
    const measures = measureImages(same, real);
    expect(measures.diversity).toBe(0);
    expect(measures.coverage).toBeLessThan(0.2);
    expect(measures.frechet).toBeGreaterThan(10 * measures.frechetOfReal);
    expect(measures.digits).toBeUndefined();
  });

  test('saturation counts both ends', () => {
    expect(tanhSaturation([0.99, 0.991, -0.995, 0])).toBe(0.5);
  });

  test('from afar an image is its block means', () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 1 : 3) + (i < 32 ? 0 : 10));
    const { rows, d } = coarse({ count: 1, height: 8, width: 8, channels: 1, values });
    expect(d).toBe(16);
    expect([rows[0], rows[3], rows[12], rows[15]]).toEqual([1, 3, 11, 13]);
  });

  test('asks for enough real images', () => {
    expect(() => measureImages(noise(8), noise(15))).toThrow(/at least twice as many.*16, found 15/);
  });

  test('the judge knows digits, and finds one class in copies of a digit', async () => {
    const { train, test: unseen } = loadMnist();
    const judge = await trainDigitJudge({ train, test: firstExamples(unseen, 1000), steps: 300 });
    expect(judge.accuracy).toBeGreaterThan(0.9);
    const digits = imagesOf(unseen, { height: 28, width: 28, channels: 1 }, 300);
    const real = digitScore(judge, digits);
    expect(real.score).toBeGreaterThan(6);
    expect(real.classes).toBeGreaterThan(9);
    expect(real.shares.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
    const values = Float32Array.from({ length: 784 * 50 }, (_, i) => digits.values[i % 784]);
    const copies = digitScore(judge, { ...digits, count: 50, values });
    expect(copies.score).toBeCloseTo(1, 5);
    expect(copies.classes).toBeLessThan(2);
    const grey = digitScore(judge, { ...digits, values: new Float32Array(digits.values.length) });
    expect(grey.score).toBeCloseTo(1, 5);
  });
});

describe('generators in files', () => {
  test('folded and rounded, one draws what it drew with population statistics', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'generator-'));
    const path = join(folder, 'generator.safetensors');
    const pixels = Uint8Array.from({ length: 40 * 64 }, () => random.integer(256));
    const images = imagesInMemory('noise', { height: 8, width: 8, channels: 1 }, pixels);
    for (const batchNorm of ['paper', 'everywhere', 'none'] as const) {
      const trained = await trainDcgan({
        ...{ images, batchNorm, maps: 4, stages: 2, latent: 6, batchSize: 16, steps: 3, learningRate: 0.01 },
      });
      await saveGenerator(path, trained.generator, trained.options, { steps: 3 });
      const loaded = loadGenerator({ path });
      expect(loaded.about).toEqual({ steps: 3 });
      expect(loaded.options.batchNorm).toBe(batchNorm);
      const z = latentPoints(9, 6, new Random(2));
      const expected = (
        trained.generator.predict(tf.tensor2d(z, [9, 6])) as import('@tensorflow/tfjs').Tensor
      ).dataSync();
      const { bytes, count } = loaded.images(z);
      expect(count).toBe(9);
      expected.forEach((value, i) => {
        expect(Math.abs(bytes[i] - (127.5 * value + 127.5))).toBeLessThan(1.5);
      });
      loaded.dispose();
      trained.dispose();
    }
    rmSync(folder, { recursive: true });
  });

  test.each(['digits', 'faces'] as const)('the one of %s comes with the lectures, and is small', (name) => {
    const generator = loadGenerator(name);
    const { bytes, channels } = generator.images(latentPoints(64, generator.latent, new Random(1)));
    expect(channels).toBe(name === 'faces' ? 3 : 1);
    expect(new Set(bytes).size).toBeGreaterThan(100);
    const { measures } = generator.about as { measures: { diversity: number; digits?: { score: number } } };
    expect(measures.diversity).toBeGreaterThan(0.7);
    if (name === 'digits') expect(measures.digits?.score).toBeGreaterThan(4);
    const path = new URL(`../../../../data/dcgan/${name}.safetensors`, import.meta.url);
    expect(statSync(path).size).toBeLessThan(1e6);
    generator.dispose();
  });

  test('says what is wrong', () => {
    expect(() => loadGenerator('cats' as 'digits')).toThrow(/one of "digits", "faces", found "cats"/);
    const generator = loadGenerator('digits');
    expect(() => generator.images([1, 2, 3])).toThrow(/whole number/);
    generator.dispose();
  });

  test('a straight line between two points', () => {
    expect(Array.from(interpolate([0, 4], [1, 0], 5))).toEqual([0, 4, 0.25, 3, 0.5, 2, 0.75, 1, 1, 0]);
    expect(() => interpolate([0], [1, 2], 3)).toThrow(/same length, found 1 and 2/);
  });
});

describe('sources of images', () => {
  test('in memory: each pass has every image once, in an order of its own', () => {
    const images = imagesInMemory('n', { height: 1, width: 1, channels: 1 }, Uint8Array.of(1, 2, 3, 4, 5, 6));
    const passes = [0, 1].map((pass) => [0, 1, 2].flatMap((i) => [...images.batch(1, 3 * pass + i, 2)]));
    for (const pass of passes) expect([...pass].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(passes[0]).not.toEqual(passes[1]);
    expect([...images.batch(1, 0, 6)]).toEqual(passes[0]); // also after later ones were asked for
    expect([...images.batch(1, 1, 4)]).toEqual([...passes[0].slice(4), ...passes[1].slice(0, 2)]);
    expect([...images.batch(2, 0, 6)]).not.toEqual(passes[0]);
    expect(() => imagesInMemory('n', { height: 2, width: 2, channels: 1 }, new Uint8Array(7))).toThrow(
      /whole images of 2 x 2 x 1 = 4, at least one, found 7/,
    );
  });

  test('faces: the same seed draws the same ones, and no two alike', async () => {
    const faces = await facesInMemory(12, { seed: 3 });
    const again = await facesInMemory(12, { seed: 3 });
    const all = faces.batch(0, 0, 12);
    expect(again.batch(0, 0, 12)).toEqual(all);
    const different = new Set(
      Array.from({ length: 12 }, (_, i) =>
        Buffer.from(all.subarray(i * 3072, (i + 1) * 3072)).toString('hex'),
      ),
    );
    expect(different.size).toBe(12);
    expect((await facesInMemory(12, { seed: 4 })).batch(0, 0, 12)).not.toEqual(all);
  });
});

describe('the ablation', () => {
  const ablation: DcganAblation = {
    ...{ images: 'digits', options: {}, readEvery: 100, machine: '' },
    runs: [exampleRun('paper', 1), exampleRun('paper', 2), { ...exampleRun('none', 1) }],
  };

  test('is compared at the last step that all reached', () => {
    expect(commonStep(ablation)).toBe(200);
    const shorter = { ...ablation.runs[2], readings: ablation.runs[2].readings.slice(0, 1) };
    const runs = [...ablation.runs.slice(0, 2), shorter];
    expect(commonStep({ ...ablation, runs })).toBe(100);
    expect(commonStep({ ...ablation, runs: [...ablation.runs, { ...shorter, fault: 'the loss' }] })).toBe(
      200,
    );
    expect(commonStep({ ...ablation, runs: [] })).toBe(0);
  });

  test('its table and figures say the same', () => {
    const { rows, caption, columns } = ablationTable(ablation);
    expect(caption).toMatch(/step 200.*2 seeds/);
    expect(columns).toEqual(['', 'as in the paper', 'nowhere']);
    expect(rows[0]).toEqual(['score', '5.15 (5.10–5.20)', '5.10']);
    expect(rows.map(([name]) => name)).toContain('restlessness');
    const figure = ablationFigure(ablation);
    expect(figure.summary).toMatch(/BN as in the paper 5\.15; without BN 5\.10/);
    expect(renderSvg(figure)).toContain('restlessness');
    expect(renderSvg(ablationSamplesFigure(ablation, 1))).toContain('without BN');
    expect(() => ablationSamplesFigure(ablation, 9)).toThrow(/found 9/);
    expect(() => readAblation('/no/such.json')).toThrow(/npm run dcgan -- ablation/);
  });
});

test('the grid of samples does not move BN’s averages', () => {
  const state = new DcganState(completeDcgan({ height: 8, width: 8, channels: 1 }, { maps: 2, latent: 3 }));
  const before = JSON.stringify(state.tensors());
  const z = drawLatent(new Random(1), 4, 3);
  const apart = withBatchStatistics(state.generator, z);
  expect(JSON.stringify(state.tensors())).toBe(before);
  const inference = state.generator.predict(z) as typeof apart;
  expect(Array.from(apart.dataSync())).not.toEqual(Array.from(inference.dataSync()));
  state.generator.apply(z, { training: true });
  expect(JSON.stringify(state.tensors())).not.toBe(before); // as training does
  state.dispose();
});
