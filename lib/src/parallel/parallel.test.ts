import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { learningRateSweep, sweepRun } from '../experiments/learningRateSweep.js';
import { Pool, PoolFailure } from './pool.js';
import { runTasks } from './runTasks.js';
import { sharedMnist } from './sharedMnist.js';
import type { Task } from './task.js';
import { taskNamed } from './tasks.js';

const small = { learningRates: [0.1, 3], seeds: [1, 2], steps: 8, hidden: 8, testCount: 100 };
const input = {
  ...{ learningRate: 0.1, activation: 'relu' as const, batchNorm: true, seed: 1 },
  ...{ hidden: 8, steps: 5, testCount: 100 },
};
const folder = mkdtempSync(join(tmpdir(), 'pool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

/** A pool whose workers run the given text. */
const poolOf = (
  text: string,
  threads: number,
  observer: Partial<ConstructorParameters<typeof Pool>[3]> = {},
) => {
  const file = join(folder, `worker-${Math.random().toString(36).slice(2)}.cjs`);
  writeFileSync(file, text);
  const whole = { progress: () => undefined, finished: () => undefined, ...observer };
  return new Pool('test', threads, undefined, whole, async () => file);
};
const idle = new AbortController().signal;

describe('runTasks', () => {
  it('gives the same bytes in the caller’s thread, in one worker and in five', async () => {
    const texts = [];
    for (const workers of [0, 1, 5]) texts.push(JSON.stringify(await learningRateSweep(small, { workers })));
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).toBe(texts[0]);
    expect(JSON.parse(texts[0]).cells).toHaveLength(16);
  });

  it('hands over what is finished in the order of the inputs, with counts that only rise', async () => {
    const lengths: number[] = [];
    const dones: number[] = [];
    const whole = await learningRateSweep(small, { workers: 0 });
    const result = await learningRateSweep(small, {
      workers: 3,
      onResult: ({ cells }) => {
        lengths.push(cells.length);
        const places = cells.map((cell) => JSON.stringify(whole.cells).indexOf(JSON.stringify(cell)));
        expect([...places].sort((a, b) => a - b)).toEqual(places);
      },
      onProgress: (done, total) => {
        dones.push(done);
        expect(total).toBe(16);
      },
    });
    expect(result.stopped).toBe(false);
    expect(lengths).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    expect([...dones].sort((a, b) => a - b)).toEqual(dones);
    expect(dones.at(-1)).toBe(16);
  });

  it.each([0, 2])(
    'ends at once when it is stopped, and keeps what was there (%i workers)',
    async (workers) => {
      const stopping = new AbortController();
      // Every run but the first would take minutes.
      const inputs = [input, { ...input, steps: 1e6 }, { ...input, steps: 1e6, seed: 2 }];
      let stoppedAt = Number.POSITIVE_INFINITY;
      const onResult = () => {
        setTimeout(() => {
          stoppedAt = performance.now();
          stopping.abort();
        }, 50);
      };
      const running = { workers, signal: stopping.signal, onResult };
      const { outputs, finished, stopped } = await runTasks(sweepRun, inputs, sharedMnist, running);
      expect(performance.now() - stoppedAt).toBeLessThan(2000);
      expect(stopped).toBe(true);
      expect(finished).toHaveLength(1);
      expect(outputs.map((output) => output === undefined)).toEqual([false, true, true]);
    },
  );

  it('starts nothing when it was stopped before', async () => {
    const makeShared = vi.fn(sharedMnist);
    const running = { signal: AbortSignal.abort(), workers: 2 };
    expect(await runTasks(sweepRun, [input], makeShared, running)).toMatchObject({
      finished: [],
      stopped: true,
    });
    expect(makeShared).not.toHaveBeenCalled();
    expect(await runTasks(sweepRun, [], sharedMnist)).toMatchObject({ finished: [], stopped: false });
  });

  it.each([0, 2])('throws a task’s error with its own stack (%i workers)', async (workers) => {
    const inputs = [
      { ...input, steps: 1e6 },
      { ...input, learningRate: Number.NaN },
    ];
    const run = runTasks(sweepRun, workers === 0 ? inputs.reverse() : inputs, sharedMnist, { workers });
    const error: unknown = await run.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toBe('learningRate must be a finite number, found NaN');
    // The place where it was thrown, in the source.
    expect((error as Error).stack).toMatch(/trainingOptions\.ts:\d+/);
  });

  it('throws what the caller’s own function throws', async () => {
    const onResult = () => {
      throw new Error('no figure today');
    };
    await expect(runTasks(sweepRun, [input], sharedMnist, { workers: 1, onResult })).rejects.toThrow(
      'no figure',
    );
  });

  it('takes the number of workers from the environment and refuses what is none', async () => {
    const here: Task<number, number> = { name: 'not in the table', run: (x) => x + 1 };
    vi.stubEnv('BATCHNORM_LAB_WORKERS', '0');
    expect((await runTasks(here, [1, 2], () => undefined)).outputs).toEqual([2, 3]);
    vi.stubEnv('BATCHNORM_LAB_WORKERS', 'many');
    await expect(runTasks(here, [1], () => undefined)).rejects.toThrow(
      /BATCHNORM_LAB_WORKERS must be .* NaN/,
    );
    await expect(runTasks(here, [1], () => undefined, { workers: 1.5 })).rejects.toThrow(
      /workers must be .* 1.5/,
    );
    await expect(runTasks(here, [1], () => undefined, { workers: 1 })).rejects.toThrow(
      /in lib\/src\/parallel\/tasks/,
    );
    expect(() => taskNamed('nothing')).toThrow(RangeError);
  });
});

describe('Pool', () => {
  it('says that no worker can start when its file is missing or fails while it loads', async () => {
    const observer = { progress: () => undefined, finished: () => undefined };
    const missing = new Pool('test', 2, undefined, observer, async () => join(folder, 'none.cjs'));
    await expect(missing.run([1, 2, 3], idle)).rejects.toThrow(PoolFailure);
    await expect(poolOf('throw new Error("broken worker")', 2).run([1, 2, 3], idle)).rejects.toThrow(
      PoolFailure,
    );
  });

  it('says that a worker died when it dies on the way', async () => {
    const text =
      'require("worker_threads").parentPort.postMessage({ kind: "started" });\n' +
      'module.exports = async () => { await new Promise((go) => setTimeout(go, 50)); process.exit(3); };';
    const error: unknown = await poolOf(text, 1)
      .run([1, 2], idle)
      .catch((thrown) => thrown);
    expect(error).not.toBeInstanceOf(PoolFailure);
    expect((error as Error).message).toMatch(/a worker thread ended while it ran "test": .*3/);
  });

  it('passes on what a task reports, and fails when the listener does', async () => {
    const text =
      'const { parentPort } = require("worker_threads");\n' +
      'module.exports = async ({ index, input }) => {\n' +
      '  parentPort.postMessage({ kind: "progress", index, done: 1, total: 4, soFar: 10 * input });\n' +
      '  await new Promise((go) => setTimeout(go, 100));\n' +
      '  return { ok: true, output: 100 * input };\n' +
      '};';
    const seen: unknown[] = [];
    const progress = (...news: unknown[]) => seen.push(['progress', ...news]);
    const finished = (...news: unknown[]) => seen.push(['finished', ...news]);
    await poolOf(text, 1, { progress, finished }).run([7], idle);
    expect(seen).toEqual([
      ['progress', 0, 1, 4, 70],
      ['finished', 0, 700],
    ]);
    const failing = () => {
      throw new Error('cannot draw');
    };
    await expect(poolOf(text, 1, { progress: failing }).run([7], idle)).rejects.toThrow('cannot draw');
  });
});
