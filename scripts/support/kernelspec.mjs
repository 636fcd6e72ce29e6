// @ts-check
// Tells Jupyter about the TypeScript kernel, in the checkout's own virtual environment.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { inRoot, root, venvDir } from './paths.mjs';
import { run, tail } from './process.mjs';
import { UserError } from './report.mjs';
import { digest, isStamped, writeJson } from './stamp.mjs';

const cli = inRoot('kernel', 'dist', 'cli.js');
const spec = path.join(venvDir, 'share', 'jupyter', 'kernels', 'typescript', 'kernel.json');
const stampFile = path.join(venvDir, '.batchnorm-lab-kernel.json');

/** Installs the kernelspec again when Node, the checkout's place or the kernel has changed. */
export async function prepareKernelspec() {
  if (!existsSync(cli)) throw new UserError('The kernel has not been built: run `npm run build`.');
  const facts = () => ({ node: process.execPath, checkout: root, cli: digest(cli), spec: digest(spec) });
  if (existsSync(spec) && isStamped(stampFile, facts())) return;
  const { code, output } = await run(process.execPath, [cli, 'install', '--prefix', venvDir]);
  if (code !== 0 || !existsSync(spec)) {
    throw new UserError(
      'The TypeScript kernel could not be made known to Jupyter (above: why).',
      tail(output),
    );
  }
  writeJson(stampFile, facts());
}
