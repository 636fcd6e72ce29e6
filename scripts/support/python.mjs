// @ts-check
// Finds a Python and makes the virtual environment that holds JupyterLab.
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isWindows, requirementsFile, root, venvDir, venvPython } from './paths.mjs';
import { run, saysNoNetwork, tail } from './process.mjs';
import { say, step, UserError } from './report.mjs';
import { digest, isStamped, readJson, writeJson } from './stamp.mjs';

const oldest = [3, 10];
const uvPin = 'uv==0.13.9';
const stampFile = path.join(venvDir, '.batchnorm-lab.json');

/** A virtual environment names its own folder in many files, so a moved checkout makes a new one. */
const facts = () => ({ requirements: digest(requirementsFile), checkout: root });

/** @returns {boolean} whether the environment is whole and holds what the pins say */
export const isPythonReady = () => existsSync(venvPython) && isStamped(stampFile, facts());

const probe = [
  'import importlib.util, json, sys',
  'has = lambda name: importlib.util.find_spec(name) is not None',
  'print(json.dumps([list(sys.version_info[:3]), sys.executable, has("venv") and has("ensurepip")]))',
].join('\n');

/**
 * @typedef {object} Python
 * @property {string} executable
 * @property {string} version such as `3.11.7`
 * @property {boolean} makesVenv whether its `venv` can install pip: Debian ships that part separately
 */

/** @param {string[]} command @returns {Promise<Python & { recent: boolean } | undefined>} */
async function ask(command) {
  const [program, ...args] = command;
  const { code, output } = await run(/** @type {string} */ (program), [...args, '-c', probe]);
  if (code !== 0) return undefined;
  try {
    const [version, executable, makesVenv] = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    const recent = version[0] > oldest[0] || (version[0] === oldest[0] && version[1] >= oldest[1]);
    return { executable, version: version.join('.'), makesVenv, recent };
  } catch {
    return undefined;
  }
}

/** @returns {Promise<Python>} the first Python that is recent enough, one that can make environments if there is one */
async function findPython() {
  const chosen = process.env.PYTHON;
  if (chosen) {
    const python = await ask([chosen]);
    if (python?.recent) return python;
    const what = python ? `is Python ${python.version}` : 'could not be run';
    throw new UserError(
      `The Python named by $PYTHON (${chosen}) ${what}, and ${oldest.join('.')} or newer is needed: name another one or unset it.`,
    );
  }
  const versioned = [13, 12, 11, 10, 14].map((minor) => [`python3.${minor}`]);
  const names = isWindows ? [['py', '-3'], ['python'], ['python3']] : [['python3'], ['python'], ...versioned];
  /** @type {Python | undefined} */
  let second;
  let tooOld = '';
  for (const name of names) {
    const python = await ask(name);
    if (python?.recent && python.makesVenv) return python;
    if (python?.recent) second ??= python;
    else if (python) tooOld ||= python.version;
  }
  if (second) return second;
  const found = tooOld ? `found ${tooOld}` : 'found none';
  throw new UserError(
    `Python ${oldest.join('.')} or newer is needed, ${found}: install one from python.org or your system's packages, or name it with PYTHON=/path/to/python.`,
  );
}

/** @param {Python} python */
async function makeVenv(python) {
  const moved = (readJson(stampFile)?.checkout ?? root) !== root;
  if (existsSync(venvPython) && !moved) {
    // Left by a stopped run, or with other pins: keep it if it works.
    const check = 'import sys, pip; print(sys.prefix)';
    const { code, output } = await run(venvPython, ['-c', check]);
    if (code === 0 && path.resolve(output.trim()) === venvDir) return;
  }
  // Retried: what a killed run had started may still be writing there.
  rmSync(venvDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  const { code, output } = python.makesVenv
    ? await run(python.executable, ['-m', 'venv', venvDir])
    : await run('uv', ['venv', '--seed', '--no-project', '--python', python.executable, venvDir]);
  if (code !== 0) throw new UserError(`The virtual environment ${venvDir} could not be made.`, tail(output));
}

/** uv reads no pip configuration: hand it the package index that pip is set up for. */
async function uvEnvironment() {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, UV_PYTHON_DOWNLOADS: 'never' };
  if (env.UV_DEFAULT_INDEX || env.UV_INDEX_URL) return env;
  const index = process.env.PIP_INDEX_URL ?? (await pipSetting('global.index-url'));
  return index ? { ...env, UV_DEFAULT_INDEX: index } : env;
}

/** @param {string} name */
async function pipSetting(name) {
  const { code, output } = await run(venvPython, ['-m', 'pip', 'config', 'get', name]);
  return code === 0 ? output.trim().split('\n').at(-1) : undefined;
}

const pip = [
  '-m',
  'pip',
  '--disable-pip-version-check',
  '--no-input',
  '--retries',
  '1',
  'install',
  '--quiet',
];

/** @param {boolean} uvOnPath */
async function installPackages(uvOnPath) {
  const uv = uvOnPath ? 'uv' : path.join(path.dirname(venvPython), isWindows ? 'uv.exe' : 'uv');
  // uv takes seconds where pip takes half a minute; without it pip does the same.
  if (uvOnPath || existsSync(uv) || (await run(venvPython, [...pip, uvPin])).code === 0) {
    const args = ['pip', 'install', '--quiet', '--python', venvPython, '-r', requirementsFile];
    const { code } = await run(uv, args, { env: await uvEnvironment() });
    if (code === 0) return;
    say('  uv could not install the Python packages; trying pip, which takes longer');
  }
  const { code, output } = await run(venvPython, [...pip, '-r', requirementsFile]);
  if (code === 0) return;
  if (saysNoNetwork(output)) {
    throw new UserError(
      "The Python package index cannot be reached: connect to the network (or set pip's index-url to your mirror) and run the same command again, it goes on from here.",
    );
  }
  throw new UserError(
    'The Python packages of scripts/requirements.txt could not be installed (above: why).',
    tail(output),
  );
}

/**
 * What `.venv` is to be made with. Asked before anything is installed, so that a missing Python is told at once.
 * @typedef {{ python: Python, uvOnPath: boolean }} Plan
 * @returns {Promise<Plan | undefined>} undefined when there is nothing to do
 */
export async function planPython() {
  if (isPythonReady()) return undefined;
  const python = await findPython();
  const uvOnPath = (await run('uv', ['--version'])).code === 0;
  if (!python.makesVenv && !uvOnPath) {
    throw new UserError(
      `Python ${python.version} (${python.executable}) comes without the venv module's installer: on Debian or Ubuntu run \`sudo apt install python3-venv\`, then the same command again.`,
    );
  }
  return { python, uvOnPath };
}

/** Makes `.venv` hold exactly the pinned packages. @param {Plan} plan */
export async function preparePython({ python, uvOnPath }) {
  // Another set-up may have made it while this one waited.
  if (isPythonReady()) return;
  await step(`Python ${python.version}: virtual environment in .venv`, () => makeVenv(python));
  // JupyterLab runs a CommonJS program of its own from in there: the checkout's "type": "module" is not for it.
  writeJson(path.join(venvDir, 'package.json'), { private: true });
  await step('Python packages: JupyterLab and its extensions', () => installPackages(uvOnPath));
  writeJson(stampFile, facts());
}
