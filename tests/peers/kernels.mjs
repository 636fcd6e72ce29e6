/**
 * The Jupyter kernels that ours is compared with, and how each is started: for the benchmark and for the table of
 * features. tslab is a package of the checkout, ipykernel one of .venv; Deno and IJavascript come from npm into
 * .lab/peers, which git does not see.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const OURS = 'batchnorm-lab';
const DENO_VERSION = '2.9.6';
const IJAVASCRIPT_VERSION = '5.2.1';
/** The newest Node for which IJavascript's zeromq 5 brings a compiled program; npm has Node itself too. */
const IJAVASCRIPT_NODE = '18.20.8';

/** A peer that cannot be had here is left out; the reason is one sentence. */
export class Missing extends Error {}

function ours() {
  const cli = join(root, 'kernel/dist/cli.js');
  if (!existsSync(cli)) throw new Missing('kernel/dist/cli.js is missing; run "npm run build" first');
  const prefix = join(root, '.lab/bench');
  execFileSync(process.execPath, [cli, 'install', '--prefix', prefix]);
  const folder = join(prefix, 'share/jupyter/kernels/typescript');
  const spec = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8'));
  spec.argv = spec.argv.map((part) => part.replace('{resource_dir}', folder));
  // The cells of a comparison do not belong into anyone's history.
  spec.env = { ...spec.env, JUPYTER_DATA_DIR: join(prefix, 'data') };
  return spec;
}

function tslab() {
  const bin = join(root, 'node_modules/tslab/bin/tslab');
  if (!existsSync(bin)) throw new Missing('node_modules/tslab is missing; run "npm install" first');
  return {
    argv: [process.execPath, bin, 'kernel', '--config-path', '{connection_file}'],
    interrupt_mode: 'signal',
  };
}

/** Installs packages into a folder of their own; npm prunes what other calls have put there. */
function install(folder, packages) {
  console.error(`Installing ${packages.join(' and ')} into ${folder}`);
  mkdirSync(folder, { recursive: true });
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  try {
    const args = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', ...packages];
    execFileSync(npm, args, { stdio: 'pipe' });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const [why] = String(error.stderr ?? error)
      .trim()
      .split('\n');
    throw new Missing(`npm could not install ${packages.join(' and ')} (${why})`);
  }
}

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
  if (!find()) install(folder, [`deno@${DENO_VERSION}`]);
  const bin = find();
  if (!bin) throw new Missing(`npm's deno@${DENO_VERSION} brings no program for this machine`);
  return {
    argv: [bin, 'jupyter', '--kernel', '--conn', '{connection_file}'],
    env: { DENO_DIR: join(folder, 'cache'), DENO_NO_UPDATE_CHECK: '1' },
    interrupt_mode: 'signal',
  };
}

/** Started as its own installer writes it into kernel.json. */
function ijavascript() {
  const folder = join(root, '.lab/ijavascript');
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const node = `node-${system}-${process.arch}`;
  const bin = join(folder, 'node_modules', node, 'bin', system === 'win' ? 'node.exe' : 'node');
  const kernel = join(folder, 'node_modules/ijavascript/lib/kernel.js');
  if (!existsSync(bin) || !existsSync(kernel)) {
    install(folder, [`ijavascript@${IJAVASCRIPT_VERSION}`, `${node}@${IJAVASCRIPT_NODE}`]);
  }
  try {
    execFileSync(bin, ['-e', 'require("zeromq")'], { cwd: folder, stdio: 'pipe' });
  } catch (error) {
    const [, why] = /Error: (.*)/.exec(String(error.stderr)) ?? [];
    throw new Missing(`ijavascript's zeromq does not load (${why ?? error})`);
  }
  return {
    argv: [bin, kernel, '--hide-undefined', '{connection_file}', '--protocol=5.1'],
    interrupt_mode: 'signal',
  };
}

function ipykernel() {
  const python3 = [join(root, '.venv/bin/python'), join(root, '.venv/Scripts/python.exe')].find(existsSync);
  if (!python3) throw new Missing('.venv is missing; run "npm run setup" first');
  try {
    execFileSync(python3, ['-c', 'import ipykernel'], { stdio: 'ignore' });
  } catch {
    throw new Missing('ipykernel is not in .venv; run "npm run setup" first');
  }
  return {
    argv: [python3, '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
    env: { IPYTHONDIR: join(root, '.lab/bench/ipython') },
    interrupt_mode: 'signal',
  };
}

/** What makes the kernelspec of each kernel; it throws `Missing` where the kernel cannot be had. */
export const kernels = { [OURS]: ours, tslab, deno, ijavascript, ipykernel };
