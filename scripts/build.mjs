// @ts-check
// Builds the library and the kernel: `npm run build`. Each part's own build skips what is up to date.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from './support/paths.mjs';
import { run, tail } from './support/process.mjs';
import { runMain, say, step, UserError } from './support/report.mjs';

/** @param {string} part the workspace folder, `lib` or `kernel` */
async function buildPart(part) {
  const { code, output } = await run(process.execPath, [inRoot(part, 'build.mjs')]);
  return code === 0 ? undefined : new UserError(`Building ${part}/ failed (above: why).`, tail(output, 40));
}

/**
 * Builds both parts side by side.
 * @param {{ libraryMayFail?: boolean }} [options] With `libraryMayFail` a library that does not build is told
 * and not an error: under our kernel notebooks use its sources, and JupyterLab is where they can be mended.
 */
export async function build({ libraryMayFail = false } = {}) {
  const [library, kernel] = await step('Build of the library and the kernel', () =>
    Promise.all([buildPart('lib'), buildPart('kernel')]),
  );
  if (kernel) throw kernel;
  if (!library) return;
  if (!libraryMayFail) throw library;
  say(`${library.details}\n  ${library.message} Going on: the notebooks use the sources in lib/src.`);
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '')).href) {
  await runMain(async () => {
    await build();
    return 0;
  });
}
