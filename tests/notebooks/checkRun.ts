// What a lecture that was run from top to bottom must show: in the suite `notebooks`, and in `lab`, where a student runs it.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Lecture } from './lecture.js';
import { type CodeCell, failures, figures, shownText } from './run.js';

type Bands = Record<string, { band: number[]; values: number[] }>;
/** The bands of a lecture's numbers at the size of the tests. */
export const bandsOf = (name: string): Bands =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, 'bands', `${name}.json`), 'utf8')).bands;

/** Each lecture that has numbers, by name. */
export const known: Record<string, Lecture> = Object.fromEntries(
  await Promise.all(
    readdirSync(path.join(import.meta.dirname, 'lectures')).map(async (file) => {
      const { name } = path.parse(file);
      return [name, (await import(`./lectures/${name}.ts`)).lecture];
    }),
  ),
);

/** Checks figures, verdicts, numbers and claims of a lecture that was run at the size of the tests. */
export function checkRun(lecture: string, cells: CodeCell[]): void {
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

  if (!(lecture in known)) return;
  const numbers = known[lecture].read(text);
  const outside = Object.entries(bandsOf(lecture)).filter(([name, { band }]) => {
    const value = numbers[name];
    return !(value >= band[0] && value <= band[1]);
  });
  expect(outside.map(([name, { band }]) => `${name}: ${numbers[name]} not in ${band.join(' to ')}`)).toEqual(
    [],
  );
  const untrue = known[lecture].claims.filter(({ holds }) => !holds(numbers));
  expect(untrue.map(({ claim }) => claim)).toEqual([]);
}
