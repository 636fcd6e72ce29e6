// Every lecture from clean, top to bottom, under our kernel; the three headline lectures under stock tslab as well.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import measured from './bands.json';
import { headlines } from './headlines.js';
import {
  type CodeCell,
  executeLecture,
  executeNotebook,
  failures,
  figures,
  type KernelName,
  root,
  shownText,
} from './run.js';

const lectures = readdirSync(path.join(root, 'notebooks'))
  .filter((file) => /^\d\d-.*\.ipynb$/.test(file))
  .map((file) => path.parse(file).name);

type Bands = Record<string, { band: number[]; values: number[] }>;
const bands: Record<string, Bands> = measured.bands;

/** What a lecture's prose claims of its numbers, beyond the bands. */
const claims: Record<string, (numbers: Record<string, number>) => void> = {
  '01-covariate-shift': (n) => {
    expect(n['warm cats to cold cats']).toBeLessThan(0.1);
    expect(n['warm cats to cold cats, grey']).toBeGreaterThan(n['warm cats to cold cats'] + 0.8);
    expect(n['black and white to warm cats']).toBeGreaterThan(n['warm cats to black and white'] + 0.3);
    expect(n['adaptation: after']).toBeGreaterThan(n['adaptation: before'] + 0.05);
    expect(n['adaptation to cold cats: after']).toBeLessThan(0.1);
    expect(n['inside, with BN: accuracy']).toBeGreaterThan(n['inside, without BN: accuracy'] + 0.5);
    expect(n['inside, with BN: width at the end']).toBeLessThan(2 * n['inside, with BN: width at the start']);
  },
  '05-bias-drift': (n) => {
    expect(n['b after 200 steps']).toBe(60);
    expect(n['centring: loss after']).toBe(n['centring: loss before']);
    expect(n['scaling: loss after']).toBe(n['scaling: loss before']);
    expect(n['b with the true gradient']).toBe(0);
    expect(n['w with the true gradient']).toBe(1);
    expect(n['beta after 100 steps']).toBeCloseTo(3, 3);
  },
  '11-learning-rate-sweeps': (n) => {
    expect(n['relu with BN, lr 3']).toBeGreaterThan(n['relu without BN, lr 3'] + 0.5);
    expect(n['relu with BN, lr 10']).toBeLessThan(0.35);
    expect(n['sigmoid with BN, lr 10']).toBeGreaterThan(n['sigmoid without BN, lr 10'] + 0.4);
    expect(n['sigmoid with BN, lr 0.01']).toBeGreaterThan(n['sigmoid without BN, lr 0.01'] + 0.2);
  },
};

function checkRun(lecture: string, cells: CodeCell[]): void {
  expect(failures(cells)).toEqual([]);
  const shown = figures(cells);
  expect(shown.length).toBeGreaterThan(0);
  for (const data of shown) {
    // An object is drawn; a string would be an empty figure.
    expect(data['application/vnd.plotly.v1+json']).toBeTypeOf('object');
    expect(data['image/svg+xml']).toMatch(/^<svg [^>]*role="img" aria-label="[^"]{40,}/);
    expect(data['text/plain']).toMatch(/\d/);
  }
  const text = shownText(cells);
  // Every exercise stands unsolved in the notebook, and its check must say so.
  const exercises = cells.filter(({ source }) => /^check[A-Z]\w*\(/m.test(source)).length;
  expect(text.match(/^✗ /gm)?.length ?? 0).toBe(exercises);
  expect(text).not.toContain('✓');

  if (!(lecture in headlines)) return;
  const numbers = headlines[lecture](text);
  const outside = Object.entries(bands[lecture]).filter(([name, { band }]) => {
    const value = numbers[name];
    return !(value >= band[0] && value <= band[1]);
  });
  expect(outside.map(([name, { band }]) => `${name}: ${numbers[name]} not in ${band.join(' to ')}`)).toEqual(
    [],
  );
  claims[lecture](numbers);
}

const runs: [string, KernelName][] = [
  ...lectures.map((lecture): [string, KernelName] => [lecture, 'typescript']),
  ...Object.keys(headlines).map((lecture): [string, KernelName] => [lecture, 'tslab']),
];

describe('the lectures', () => {
  it('are the four that are ready, and every headline lecture has bands from at least three seeds', () => {
    expect(lectures).toEqual([
      '00-start-here',
      '01-covariate-shift',
      '05-bias-drift',
      '11-learning-rate-sweeps',
    ]);
    for (const lecture of Object.keys(headlines)) {
      for (const { values } of Object.values(bands[lecture])) expect(values.length).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(runs)(
    '%s runs under %s and shows the numbers it should',
    { timeout: 300_000 },
    async (lecture, kernel) => {
      checkRun(lecture, await executeLecture(lecture, kernel));
    },
  );
});

describe('a failing cell', () => {
  const cell = (outputs: CodeCell['outputs'], reply: string): CodeCell => ({
    source: 'x',
    outputs,
    metadata: { reply },
  });

  it('is told by an error message, by text on stderr, or by the reply', () => {
    expect(failures([cell([], 'ok')])).toEqual([]);
    expect(failures([cell([{ output_type: 'error', ename: 'Error', evalue: 'no' }], 'ok')])).toHaveLength(1);
    expect(failures([cell([{ output_type: 'stream', name: 'stderr', text: 'no' }], 'ok')])).toHaveLength(1);
    expect(failures([cell([], 'error')])).toHaveLength(1);
  });

  it.each(['typescript', 'tslab'] as const)('is seen under %s', { timeout: 120_000 }, async (kernel) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'failing-'));
    try {
      const sources = [
        'const fine = 1;',
        "throw new Error('broken on purpose');",
        "const wrong: number = 'three';",
      ];
      const cells = sources.map((source, i) => ({
        cell_type: 'code',
        id: `cell-${i}`,
        source,
        metadata: {},
        outputs: [],
        execution_count: null,
      }));
      const metadata = {
        kernelspec: { name: 'typescript', display_name: 'TypeScript', language: 'typescript' },
      };
      const file = path.join(folder, 'failing.ipynb');
      writeFileSync(file, JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }));
      const found = failures(await executeNotebook(file, kernel));
      expect(found.join('\n')).toContain('broken on purpose');
      expect(found.some((line) => line.startsWith('const wrong'))).toBe(true);
      expect(found.some((line) => line.startsWith('const fine'))).toBe(false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
