/** The kernels that are compared: how each is started, and how each says the same things. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const OURS = 'batchnorm-lab';
const DENO_VERSION = '2.9.6';
const BIG = 10_000_000;

/** A peer that cannot be had here is left out; the reason is one sentence. */
export class Missing extends Error {}

const typescript = {
  first: 'const answer: number = 6 * 7;\nanswer',
  small: (i) => `const value${i}: number = ${i} * 2;\nvalue${i} + 1`,
  lines: (n) => `for (let i = 0; i < ${n}; i++) console.log(i)`,
  loop: 'console.log("running");\nfor (;;) {}',
  completion: { code: 'Math.sq', cursor_pos: 7 },
  inspection: { code: 'Math.sqrt', cursor_pos: 8, detail_level: 0 },
};

const python = {
  first: 'answer: int = 6 * 7\nanswer',
  small: (i) => `value${i}: int = ${i} * 2\nvalue${i} + 1`,
  lines: (n) => `for i in range(${n}): print(i)`,
  loop: 'print("running", flush=True)\nwhile True: pass',
  completion: { code: 'import math\nmath.sq', cursor_pos: 19 },
  inspection: { code: 'len', cursor_pos: 3, detail_level: 0 },
  display: `from IPython.display import HTML, display\ndisplay(HTML("h" * ${BIG}))`,
};

function ours() {
  const cli = join(root, 'kernel/dist/cli.js');
  if (!existsSync(cli)) throw new Missing('kernel/dist/cli.js is missing; run "npm run build" first');
  const prefix = join(root, '.lab/bench');
  execFileSync(process.execPath, [cli, 'install', '--prefix', prefix]);
  const folder = join(prefix, 'share/jupyter/kernels/typescript');
  const spec = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8'));
  spec.argv = spec.argv.map((part) => part.replace('{resource_dir}', folder));
  // The cells of a benchmark do not belong into anyone's history.
  spec.env = { ...spec.env, JUPYTER_DATA_DIR: join(prefix, 'data') };
  const display = `(globalThis as any)[Symbol.for('jupyter.kernel')].display({ data: { 'text/html': 'h'.repeat(${BIG}) } })`;
  return { spec, language: { ...typescript, display } };
}

function tslab() {
  const bin = join(root, 'node_modules/tslab/bin/tslab');
  if (!existsSync(bin)) throw new Missing('node_modules/tslab is missing; run "npm install" first');
  const argv = [process.execPath, bin, 'kernel', '--config-path', '{connection_file}'];
  const display = `import { display as show } from 'tslab';\nshow.html('h'.repeat(${BIG}))`;
  return { spec: { argv, interrupt_mode: 'signal' }, language: { ...typescript, display } };
}

/** Deno comes from npm, into a folder of the checkout that git does not see. */
function deno() {
  const folder = join(root, '.lab/peers');
  const find = () => {
    const scope = join(folder, 'node_modules/@deno');
    const platforms = existsSync(scope) ? readdirSync(scope) : [];
    const names = platforms.flatMap((platform) => [
      join(scope, platform, 'deno'),
      join(scope, platform, 'deno.exe'),
    ]);
    return names.find(existsSync);
  };
  if (!find()) {
    console.error(`Installing Deno ${DENO_VERSION} into .lab/peers`);
    mkdirSync(folder, { recursive: true });
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    try {
      execFileSync(npm, ['install', '--prefix', folder, '--no-save', `deno@${DENO_VERSION}`], {
        stdio: 'pipe',
      });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw new Missing(
        `npm could not install deno@${DENO_VERSION} (${
          String(error.stderr ?? error)
            .trim()
            .split('\n')[0]
        })`,
      );
    }
  }
  const bin = find();
  if (!bin) throw new Missing(`npm's deno@${DENO_VERSION} brings no program for this machine`);
  const argv = [bin, 'jupyter', '--kernel', '--conn', '{connection_file}'];
  const display = `await Deno.jupyter.broadcast('display_data', { data: { 'text/html': 'h'.repeat(${BIG}) }, metadata: {}, transient: {} })`;
  const env = { DENO_DIR: join(folder, 'cache'), DENO_NO_UPDATE_CHECK: '1' };
  return { spec: { argv, env, interrupt_mode: 'signal' }, language: { ...typescript, display } };
}

function ipykernel() {
  const python3 = [join(root, '.venv/bin/python'), join(root, '.venv/Scripts/python.exe')].find(existsSync);
  if (!python3) throw new Missing('.venv is missing; run "npm run setup" first');
  try {
    execFileSync(python3, ['-c', 'import ipykernel'], { stdio: 'ignore' });
  } catch {
    throw new Missing('ipykernel is not in .venv; run "npm run setup" first');
  }
  const argv = [python3, '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
  const env = { IPYTHONDIR: join(root, '.lab/bench/ipython') };
  return { spec: { argv, env, interrupt_mode: 'signal' }, language: python };
}

const makers = { [OURS]: ours, tslab, deno, ipykernel };

/** The peers that are here, ours first; the others are named with what is missing. */
export function findPeers(wanted) {
  const found = [];
  for (const [name, make] of Object.entries(makers)) {
    if (wanted && name !== OURS && !wanted.includes(name)) continue;
    try {
      found.push({ name, ...make() });
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      console.error(`${name} is left out: ${error.message}.`);
    }
  }
  return found;
}
