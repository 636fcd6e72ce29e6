// Measures the headline numbers of lectures, for the bands of the tests and for the table of claims.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('lectures/', import.meta.url));

/**
 * What the tests know of the lectures.
 * @param {string[]} numbers such as 05; none: all
 * @returns {Promise<[string, import('./lecture.js').Lecture][]>} by name, such as 05-bias-drift
 */
export async function loadLectures(numbers = []) {
  const names = readdirSync(folder).map((file) => path.parse(file).name);
  for (const asked of numbers) {
    if (!names.some((name) => name.startsWith(asked)))
      throw new RangeError(`No lecture "${asked}" has numbers: they are ${names.join(', ')}.`);
  }
  const chosen = names.filter(
    (name) => numbers.length === 0 || numbers.some((asked) => name.startsWith(asked)),
  );
  const out = mkdtempSync(path.join(tmpdir(), 'lectures-'));
  try {
    await build({
      entryPoints: chosen.map((name) => path.join(folder, `${name}.ts`)),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['batchnorm'],
      outdir: out,
      outExtension: { '.js': '.mjs' },
    });
    return await Promise.all(
      chosen.map(async (name) => {
        const { lecture } = await import(pathToFileURL(path.join(out, `${name}.mjs`)).href);
        return /** @type {[string, import('./lecture.js').Lecture]} */ ([name, lecture]);
      }),
    );
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/**
 * A lecture's numbers, one value for each seed.
 * @param {import('./lecture.js').Lecture} lecture @param {number[]} seeds
 */
export async function measureLecture(lecture, seeds) {
  // The library reads its size from the environment: the caller has set it.
  const lab = await import('batchnorm');
  const tensorflow = () => import('batchnorm/tfjs');
  /** @type {Record<string, { room: number, share: boolean, values: number[] }>} */
  const measured = {};
  for (const seed of seeds) {
    await lecture.measure(
      lab,
      seed,
      (name, value, { room = 0.03, share = true } = {}) => {
        measured[name] ??= { room, share, values: [] };
        measured[name].values.push(value);
      },
      tensorflow,
    );
  }
  return measured;
}
