// @ts-check
// Builds the library and the kernel: `npm run build`. Each part's own build skips what is up to date.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from './support/paths.mjs';
import { run, tail } from './support/process.mjs';
import { runMain, step, UserError } from './support/report.mjs';

/** @param {string} part the workspace folder, `lib` or `kernel` */
async function buildPart(part) {
  const script = inRoot(part, 'build.mjs');
  const { code, output } = await run(process.execPath, [script]);
  if (code !== 0) throw new UserError(`Building ${part}/ failed (above: why).`, tail(output, 40));
}

/** Builds both parts side by side; a failure in one does not cut the other short. */
export async function build() {
  const parts = ['lib', 'kernel'].filter((part) => existsSync(inRoot(part, 'build.mjs')));
  await step('Build of the library and the kernel', async () => {
    const results = await Promise.allSettled(parts.map(buildPart));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  });
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '')).href) {
  await runMain(async () => {
    await build();
    return 0;
  });
}
