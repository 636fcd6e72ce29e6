// Every lecture from clean, top to bottom, under our kernel; the three headline lectures under stock tslab as well.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { lectureNames } from '../../scripts/notebooks.mjs';
import { bandsOf, checkRun, known } from './checkRun.js';
import { type CodeCell, executeLecture, executeNotebook, failures, type KernelName, root } from './run.js';

const lectures = lectureNames();

// Where the suite `lab` follows, its student runs every lecture under our kernel and checks the same.
const ours = process.env.LECTURES_IN_LAB ? [] : lectures;
const runs: [string, KernelName][] = [
  ...ours.map((lecture): [string, KernelName] => [lecture, 'typescript']),
  ...Object.keys(known)
    .filter((lecture) => known[lecture].tslab)
    .map((lecture): [string, KernelName] => [lecture, 'tslab']),
];

describe('the lectures', () => {
  it('have numbers but for the first, with bands from at least three seeds', () => {
    expect(Object.keys(known)).toEqual(lectures.filter((name) => name !== '00-start-here'));
    for (const [name, { claims }] of Object.entries(known)) {
      const bands = bandsOf(name);
      for (const { values } of Object.values(bands)) expect(values.length).toBeGreaterThanOrEqual(3);
      expect(claims.length, name).toBeGreaterThan(0);
      for (const { numbers } of claims)
        for (const each of numbers) expect(Object.keys(bands)).toContain(each);
    }
  });

  it('have their claims and numbers in docs/claims.md', () => {
    const script = path.join(root, 'scripts', 'claims.mjs');
    const { status, stdout } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  it.concurrent.each(runs)(
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
