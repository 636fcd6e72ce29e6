// Measures the lectures' headline numbers at the size `small` for several seeds, and writes them to bands/ with the
// bands that the tests hold the notebooks to:
//
//   npm run build && node tests/notebooks/measure.mjs            every lecture
//   npm run build && node tests/notebooks/measure.mjs 05 11      these
//
// A band goes from the lowest to the highest of the seeds, wider on both sides by the whole distance between them and
// by `room`, since a few seeds do not show the rarest; shares stay within 0 and 1.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadLectures, measureLecture } from './measuring.mjs';

process.env.BATCHNORM_LAB_SIZE = 'small';
const seeds = [1, 2, 3, 4, 5];
const rounded = (/** @type {number} */ value) =>
  (Math.abs(value) < 0.1 ? Number(value.toPrecision(4)) : Number(value.toFixed(4))) + 0;

for (const [name, lecture] of await loadLectures(process.argv.slice(2))) {
  const measured = await measureLecture(lecture, seeds);
  const bands = Object.fromEntries(
    Object.entries(measured).map(([number, { room, share, values }]) => {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const reach = high - low + room;
      const band = share
        ? [Math.max(0, low - reach), Math.min(1, high + reach)]
        : [low - reach, high + reach];
      return [number, { band: band.map(rounded), values: values.map(rounded) }];
    }),
  );
  const command = `npm run build && node tests/notebooks/measure.mjs ${name.slice(0, 2)}`;
  const file = fileURLToPath(new URL(`bands/${name}.json`, import.meta.url));
  writeFileSync(file, `${JSON.stringify({ command, size: 'small', seeds, bands }, null, 2)}\n`);
  console.error(`${name}: ${Object.keys(bands).length} numbers`);
}
