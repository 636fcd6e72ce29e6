/** `npm run golden`: right files pass, each way of being wrong fails and says so. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkCase, goldenKinds } from './goldenChecks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const committed = (name: string): string => join(root, 'data', 'golden', name);
const batchnorm = readFileSync(committed('batchnorm.json'), 'utf8');

type Fields = Record<string, unknown>;
const casesOf = (text: string): Fields[] => (JSON.parse(text) as { cases: Fields[] }).cases;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'golden '));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command as npm does, from another folder than the checkout. */
function golden(...args: string[]): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'scripts', 'golden.mjs'), ...args],
      { cwd: folder },
      (error, out, err) => {
        resolve({
          status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
          output: out + err,
        });
      },
    );
  });
}

/** Writes a file and checks it. */
function goldenText(name: string, text: string): ReturnType<typeof golden> {
  writeFileSync(join(folder, name), text);
  return golden(name);
}

/** The golden file with one case changed. */
function changed(kind: string, change: (fields: Fields) => void): string {
  const parsed = JSON.parse(batchnorm) as { cases: Fields[] };
  change(parsed.cases.find((one) => one.kind === kind) as Fields); // each test names a kind of the file
  return JSON.stringify(parsed);
}

/** The committed files whose every case can be checked; networks.json holds runs that the library's tests follow. */
const files = ['batchnorm.json', 'convolution.json', 'family.json', 'onnx-batchnorm.json', 'whitening.json'];

describe('npm run golden', () => {
  test.each(files)('passes %s', async (name) => {
    const { status, output } = await golden(committed(name));
    const { length } = casesOf(readFileSync(committed(name), 'utf8'));
    expect(output).toContain(`${length} cases, all within the bound; the largest error is `);
    expect(output.match(/^ok {6}/gm)).toHaveLength(length);
    expect(output).not.toContain('FAILED');
    expect(status).toBe(0);
  });

  test('fails a file with one wrong digit, and shows the number', async () => {
    const text = batchnorm.replace('0.5947590621,', '0.5947590721,'); // y[0] of the first case
    expect(text).not.toBe(batchnorm);
    const { status, output } = await goldenText('one digit.json', text);
    expect(output).toMatch(
      /^FAILED {2}dense, pair: 2\.4e-9, above 1e-10, in y\[0\]: expected 0\.5947590721, found 0\.594759062/m,
    );
    expect(output).toContain('1 of 14 cases FAILED');
    expect(output.match(/^ok {6}/gm)).toHaveLength(13);
    expect(status).toBe(1);
  });

  test.each<[string, string, string]>([
    ['cut off', batchnorm.slice(0, 2000), 'is no whole JSON file'],
    ['empty', '', 'is no whole JSON file'],
    ['something else', '[1, 2]', 'is no file of golden values: it has no list "cases"'],
    ['null', 'null', 'is no file of golden values'],
    ['without cases', '{"cases": []}', 'has no cases: nothing was checked'],
  ])('fails a file that is %s, in one sentence', async (name, text, sentence) => {
    const { status, output } = await goldenText(`${name}.json`, text);
    expect(output).toContain(`${name}.json ${sentence}`);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
  });

  test('says that a file is not there, and that an option or a bound is none', async () => {
    expect(await golden('nowhere.json')).toEqual({
      status: 1,
      output: `There is no file ${join(folder, 'nowhere.json')}.\n`,
    });
    expect((await golden()).output).toContain(
      'Which file? As in `npm run golden -- data/golden/batchnorm.json`',
    );
    expect((await golden('a.json', '--bound', 'tiny')).output).toContain(
      '--bound must be a number of at least 0',
    );
    expect((await golden('a.json', '--bond', '1')).output).toContain('did you mean --bound?');
    expect((await golden(folder)).output).toContain('cannot be read (EISDIR)');
  });

  test('says a kind that it does not know, and counts it as failure', async () => {
    const text = JSON.stringify({ cases: [{ kind: 'spectral', name: 'new' }, ...casesOf(batchnorm)] });
    const { status, output } = await goldenText('unknown.json', text);
    expect(output).toContain(
      'FAILED  spectral, new: a kind of case that is not known here: known are dense, conv-nhwc',
    );
    expect(output).toContain('1 of 15 cases FAILED');
    expect(status).toBe(1);
  });

  test('takes several files, another bound, and shows its help', async () => {
    const both = await golden(committed('batchnorm.json'), committed('convolution.json'), '--bound', '1e-16');
    expect(both.status).toBe(1);
    expect(both.output).toContain('above 1e-16');
    expect(both.output.match(/cases FAILED/g)).toHaveLength(2);
    const help = await golden('--help');
    expect(help.output).toContain('Usage: npm run golden -- FILE...');
    expect(help.status).toBe(0);
  });
});

describe('a golden case', () => {
  const fieldsCompared: Record<string, string[]> = {
    dense: ['mean', 'variance', 'y', 'dx', 'dgamma', 'dbeta'],
    'conv-nhwc': ['mean', 'variance', 'y', 'dx', 'dgamma', 'dbeta'],
    running: ['test_y'],
    'fold-conv': ['y_nchw'],
    zca: ['covariance', 'eigenvalues', 'whitened'],
  };
  test.each(
    Object.entries(fieldsCompared).flatMap(([kind, fields]) => fields.map((field) => [kind, field] as const)),
  )('%s is failed by any one wrong number of %s', (kind, field) => {
    for (const length of [1, 2, 3]) {
      const [one] = casesOf(
        changed(kind, (fields) => {
          const list = fields[field] as number[]; // every field above is a list of numbers
          list[list.length === 1 ? 0 : list.length - Math.min(length, list.length)] += 2e-3;
        }),
      ).filter((fields) => fields.kind === kind);
      const { ok, where, problem } = checkCase(one, 0);
      expect([ok, problem]).toEqual([false, null]);
      expect(where).toContain(`${field === 'test_y' ? 'y at inference' : field}`);
    }
  });

  test.each<[string, (fields: Fields) => void, string]>([
    [
      'average after a minibatch',
      (fields) => {
        (fields.after_each as { mean: number[] }[])[2].mean[0] += 1e-3;
      },
      'mean after minibatch 2[0]',
    ],
    [
      'population variance',
      (fields) => {
        (fields.population as { variance: number[] }).variance[1] += 1e-3;
      },
      'population variance[1]',
    ],
  ])('running is failed by a wrong %s', (_, change, where) => {
    const one = casesOf(changed('running', change)).find(({ kind }) => kind === 'running');
    expect(checkCase(one, 0)).toMatchObject({ ok: false, where: expect.stringContaining(where) });
  });

  const dense = casesOf(batchnorm)[0];
  test.each<[string, unknown, string]>([
    [
      'a field that is missing',
      { ...dense, y: undefined },
      'y must be a list of 6 finite numbers, found nothing',
    ],
    ['no such field', (({ y, ...rest }) => rest)(dense), 'y is missing'],
    ['a short list', { ...dense, dx: [1, 2] }, 'dx must be a list of 6 finite numbers, found a list of 2'],
    ['a text among numbers', { ...dense, gamma: [1, 'x', 2] }, 'found a list of 3 with "x" in it'],
    ['a number that is none', { ...dense, eps: null }, 'eps must be a finite number, found null'],
    ['sizes that do not fit', { ...dense, m: 3 }, 'x must be a list of 9 finite numbers, found a list of 6'],
    ['a negative epsilon', { ...dense, eps: -1 }, 'epsilon must be a finite number of at least 0, found -1'],
    ['no object', 7, 'a kind of case that is not known here'],
    ['no kind', {}, 'a kind of case that is not known here'],
    ['the name of something inherited', { kind: 'constructor' }, 'a kind of case that is not known here'],
  ])('with %s is a failure with its reason', (_, raw, problem) => {
    const outcome = checkCase(raw, 0);
    expect(outcome).toMatchObject({ ok: false, error: Infinity });
    expect(outcome.problem).toContain(problem);
  });

  test('has all its kinds in the committed files', () => {
    const kinds = files.flatMap((name) =>
      casesOf(readFileSync(committed(name), 'utf8')).map(({ kind }) => kind),
    );
    expect(new Set(kinds)).toEqual(new Set(goldenKinds));
  });
});
