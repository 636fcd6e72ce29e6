// @ts-check
// The Python peers of `npm run bench:library -- --python`, in an environment of their own.
import path from 'node:path';
import { withLock } from './lock.mjs';
import { inRoot, stateDir } from './paths.mjs';
import { environmentIn, prepareEnvironment } from './python.mjs';

// By pip: its configuration may lead to a PyTorch without CUDA, which is a tenth as large.
const environment = environmentIn(
  path.join(stateDir, 'bench'),
  inRoot('tests', 'bench', 'requirements.txt'),
  true,
);

/** @returns {Promise<string>} the interpreter that has NumPy, PyTorch and JAX */
export async function prepareBenchPython() {
  await withLock(() => prepareEnvironment(environment, 'Python packages: NumPy, PyTorch and JAX'));
  return environment.python;
}
