// @ts-check
// Finds a Python and makes virtual environments: the one that holds JupyterLab, and those that tests need.
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isWindows, requirementsFile, root, venvDir, venvPython } from './paths.mjs';
import { run, saysNoNetwork, tail } from './process.mjs';
import { say, step, UserError } from './report.mjs';
import { digest, isStamped, readJson, writeJson } from './stamp.mjs';

const oldest = [3, 10];
const uvPin = 'uv==0.13.9';
const stampFile = path.join(venvDir, '.batchnorm-lab.json');

/**
 * @typedef {object} Environment
 * @property {string} dir its folder
 * @property {string} python its interpreter
 * @property {string} requirements the file with its exact pins
 * @property {boolean} [pipOnly] not by uv, which takes no notice of pip's configuration
 */

/** @param {string} dir @param {string} requirements @param {boolean} [pipOnly] @returns {Environment} */
export const environmentIn = (dir, requirements, pipOnly) => ({
  dir,
  pipOnly,
  python: isWindows ? path.join(dir, 'Scripts', 'python.exe') : path.join(dir, 'bin', 'python'),
  requirements,
});

/** What `npm start` uses. */
const main = environmentIn(venvDir, requirementsFile);

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
export async function findPython() {
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

/** @param {Python} python @param {Environment} environment @param {boolean} moved whether the checkout was elsewhere */
async function makeVenv(python, environment, moved) {
  if (existsSync(environment.python) && !moved) {
    // Left by a stopped run, or with other pins: keep it if it works.
    const check = 'import sys, pip; print(sys.prefix)';
    const { code, output } = await run(environment.python, ['-c', check]);
    if (code === 0 && path.resolve(output.trim()) === environment.dir) return;
  }
  // Retried: what a killed run had started may still be writing there.
  rmSync(environment.dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  const { code, output } = python.makesVenv
    ? await run(python.executable, ['-m', 'venv', environment.dir])
    : await run('uv', ['venv', '--seed', '--no-project', '--python', python.executable, environment.dir]);
  if (code !== 0)
    throw new UserError(`The virtual environment ${environment.dir} could not be made.`, tail(output));
}

/** uv reads no pip configuration: hand it the package index that pip is set up for. @param {string} python */
async function uvEnvironment(python) {
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, UV_PYTHON_DOWNLOADS: 'never' };
  if (env.UV_DEFAULT_INDEX || env.UV_INDEX_URL) return env;
  const index = process.env.PIP_INDEX_URL ?? (await pipSetting(python, 'global.index-url'));
  return index ? { ...env, UV_DEFAULT_INDEX: index } : env;
}

/** @param {string} python @param {string} name */
async function pipSetting(python, name) {
  const { code, output } = await run(python, ['-m', 'pip', 'config', 'get', name]);
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

/** @param {boolean} uvOnPath @param {Environment} environment */
async function installPackages(uvOnPath, { python, requirements, pipOnly }) {
  const uv = uvOnPath ? 'uv' : path.join(path.dirname(python), isWindows ? 'uv.exe' : 'uv');
  // uv takes seconds where pip takes half a minute; without it pip does the same.
  if (!pipOnly && (uvOnPath || existsSync(uv) || (await run(python, [...pip, uvPin])).code === 0)) {
    const args = ['pip', 'install', '--quiet', '--python', python, '-r', requirements];
    const { code } = await run(uv, args, { env: await uvEnvironment(python) });
    if (code === 0) return;
    say('  uv could not install the Python packages; trying pip, which takes longer');
  }
  const { code, output } = await run(python, [...pip, '-r', requirements]);
  if (code === 0) return;
  if (saysNoNetwork(output)) {
    throw new UserError(
      "The Python package index cannot be reached: connect to the network (or set pip's index-url to your mirror) and run the same command again, it goes on from here.",
    );
  }
  throw new UserError(
    `The Python packages of ${path.relative(root, requirements)} could not be installed (above: why).`,
    tail(output),
  );
}

/**
 * What `.venv` is to be made with. Asked before anything is installed, so that a missing Python is told at once.
 * @typedef {{ python: Python, uvOnPath: boolean }} Plan
 * @returns {Promise<Plan | undefined>} undefined when there is nothing to do
 */
export async function planPython() {
  return isPythonReady() ? undefined : plan();
}

/** @returns {Promise<Plan>} */
async function plan() {
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
  await step(`Python ${python.version}: virtual environment in .venv`, () =>
    makeVenv(python, main, (readJson(stampFile)?.checkout ?? root) !== root),
  );
  // JupyterLab runs a CommonJS program of its own from in there: the checkout's "type": "module" is not for it.
  writeJson(path.join(venvDir, 'package.json'), { private: true });
  await step('Python packages: JupyterLab and its extensions', () => installPackages(uvOnPath, main));
  writeJson(stampFile, facts());
}

/**
 * Makes another environment than `.venv` hold exactly what its pins say.
 * @param {Environment} environment @param {string} label what it is for
 */
export async function prepareEnvironment(environment, label) {
  const stamp = path.join(environment.dir, '.batchnorm-lab.json');
  const wanted = { requirements: digest(environment.requirements), checkout: root };
  if (existsSync(environment.python) && isStamped(stamp, wanted)) return;
  const { python, uvOnPath } = await plan();
  const moved = (readJson(stamp)?.checkout ?? root) !== root;
  await step(label, async () => {
    await makeVenv(python, environment, moved);
    await installPackages(uvOnPath, environment);
  });
  writeJson(stamp, wanted);
}
