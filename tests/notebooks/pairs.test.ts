// The .ts and .ipynb of each lecture agree, and our reading of the percent format is jupytext's own.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AMBIENT_TYPES } from '../../kernel/src/language/ambient.js';
import { jupytextReadings, root } from './run.js';

interface Cell {
  cell_type: string;
  id: string;
  metadata: Record<string, unknown>;
  source: string[];
}

const folder = path.join(root, 'notebooks');
const lectures = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.parse(file).name);
const plain = ({ cell_type, metadata, source }: Cell) => ({ cell_type, metadata, source: source.join('') });
const cellsIn = (text: string): Cell[] => JSON.parse(text).cells;

/** Runs the script on a copy of the lectures, so that the committed ones are never written. */
let copy: string;
let theirReadings: Awaited<ReturnType<typeof jupytextReadings>>;
function notebooks(...words: string[]): { code: number; output: string } {
  try {
    const script = path.join(copy, 'scripts', 'notebooks.mjs');
    return { code: 0, output: execFileSync(process.execPath, [script, ...words], { encoding: 'utf8' }) };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }; // execFileSync's
    return { code: status, output: stdout + stderr };
  }
}
const lecture = (name: string) => path.join(copy, 'notebooks', name);

beforeAll(async () => {
  theirReadings = await jupytextReadings(lectures);
  copy = mkdtempSync(path.join(tmpdir(), 'pairs-'));
  mkdirSync(path.join(copy, 'notebooks'));
  cpSync(path.join(folder, 'solutions'), path.join(copy, 'notebooks', 'solutions'), { recursive: true });
  cpSync(path.join(root, 'scripts'), path.join(copy, 'scripts'), { recursive: true });
  for (const name of lectures) {
    for (const kind of ['ts', 'ipynb'])
      cpSync(path.join(folder, `${name}.${kind}`), lecture(`${name}.${kind}`));
  }
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('the pairs', () => {
  // `npx vitest run --project=notebooks tests/notebooks/pairs -u` writes it anew.
  it('are checked with the types of what our kernel adds', async () => {
    await expect(AMBIENT_TYPES.trimStart()).toMatchFileSnapshot('globals.d.ts');
  });

  it('agree and hold no outputs', () => {
    expect(notebooks('check')).toMatchObject({ code: 0 });
  });

  it.each(lectures)('%s: jupytext reads the same cells from the .ts', (name) => {
    const theirs = cellsIn(theirReadings[name].reading).map(plain);
    expect(cellsIn(readFileSync(lecture(`${name}.ipynb`), 'utf8')).map(plain)).toEqual(theirs);
  });

  it.each(lectures)('%s: JupyterLab, which saves through jupytext, writes the same .ts', (name) => {
    expect(theirReadings[name].writing).toBe(readFileSync(lecture(`${name}.ts`), 'utf8'));
  });

  it('link to lectures that are there', () => {
    for (const name of lectures) {
      const links = readFileSync(lecture(`${name}.ts`), 'utf8').matchAll(/\]\((\d\d-[\w-]+)\.ipynb\)/g);
      for (const [, linked] of links) expect(lectures, name).toContain(linked);
    }
  });

  it('are made from each other without a change', () => {
    const before = lectures.map((name) => readFileSync(lecture(`${name}.ts`), 'utf8'));
    expect(notebooks('from-ipynb')).toEqual({ code: 0, output: '' });
    expect(lectures.map((name) => readFileSync(lecture(`${name}.ts`), 'utf8'))).toEqual(before);
    expect(notebooks()).toEqual({ code: 0, output: '' });
  });

  it('have at most about 20 code cells of under 20 lines, and unlike ids', () => {
    for (const name of lectures) {
      const cells = cellsIn(readFileSync(lecture(`${name}.ipynb`), 'utf8'));
      const code = cells.filter(({ cell_type }) => cell_type === 'code');
      expect(code.length).toBeLessThanOrEqual(20);
      for (const { source } of code) expect(source.length).toBeLessThan(20);
      expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
    }
  });
});

describe('the check', () => {
  it('names the cell that differs, the outputs and a wrong kernel, and sync mends them', () => {
    const file = lecture('05-bias-drift.ipynb');
    const kept = readFileSync(file, 'utf8');
    const changed = JSON.parse(kept);
    changed.cells[0].source = ['# Another title'];
    changed.cells[1].metadata.slideshow.slide_type = 'skip';
    const code = changed.cells.findIndex(({ cell_type }: Cell) => cell_type === 'code');
    changed.cells[code].execution_count = 1;
    changed.metadata.kernelspec.name = 'python3';
    writeFileSync(file, JSON.stringify(changed));
    const { code: status, output } = notebooks('check');
    expect(status).toBe(1);
    expect(output).toContain('05-bias-drift: cell 1 differs in its source');
    expect(output).toContain('05-bias-drift: cell 2 differs in its metadata');
    expect(output).toContain(`cell ${code + 1} holds outputs or a run's number`);
    expect(output).toContain('names the kernel python3');
    expect(notebooks('sync').code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(kept);
  });

  it('says which file is missing, and what is not JSON', () => {
    const file = lecture('05-bias-drift.ipynb');
    const kept = readFileSync(file, 'utf8');
    rmSync(file);
    expect(notebooks('check').output).toContain('notebooks/05-bias-drift.ipynb is missing');
    writeFileSync(file, '{');
    expect(notebooks('check').output).toContain('05-bias-drift.ipynb is not JSON');
    writeFileSync(file, kept);
    expect(notebooks('sink').output).toContain('There is no "sink"');
  });
});
