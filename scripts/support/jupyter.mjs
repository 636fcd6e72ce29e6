// @ts-check
// A JupyterLab of the checkout's own: its configuration, settings, history and runtime files lie in `.lab/`, so
// the user's Jupyter neither changes it nor is changed, and nothing is downloaded while it runs.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isWindows, labDir, root, venvDir, venvPython } from './paths.mjs';
import { tail } from './process.mjs';
import { UserError } from './report.mjs';
import { writeJson } from './stamp.mjs';

/** Defaults for JupyterLab's own settings; what a user chooses in its settings editor comes before them. */
const labSettings = {
  // Every cell stays in the page: plots keep their state and the notebook does not jump when scrolled.
  '@jupyterlab/notebook-extension:tracker': { windowingMode: 'none' },
  '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
  '@jupyterlab/extensionmanager-extension:plugin': { enabled: false },
  // Slides: this theme comes with its fonts, the usual one asks a server on the internet for them.
  'jupyterlab-rise:plugin': { theme: 'white', transition: 'none', slideNumber: 'c/t' },
};

const serverConfig = {
  LabApp: {
    extension_manager: 'readonly',
    check_for_updates_class: 'jupyterlab.NeverCheckForUpdate',
    news_url: null,
  },
  LanguageServerManager: { autodetect: false },
  MultiKernelManager: { default_kernel_name: 'typescript' },
  ContentsManager: {
    hide_globs: [
      '__pycache__',
      '*.pyc',
      '.DS_Store',
      '*~',
      'node_modules',
      'dist',
      'test-results',
      'package-lock.json',
    ],
  },
};

/** @param {NodeJS.ProcessEnv} base @returns {NodeJS.ProcessEnv} the environment that JupyterLab runs in */
export function jupyterEnvironment(base) {
  const folder = (/** @type {string} */ name) => {
    const place = path.join(labDir, name);
    mkdirSync(place, { recursive: true, mode: 0o700 });
    return place;
  };
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...base,
    JUPYTER_CONFIG_DIR: folder('config'),
    JUPYTER_DATA_DIR: folder('data'),
    JUPYTER_RUNTIME_DIR: folder('runtime'),
    JUPYTERLAB_SETTINGS_DIR: folder('settings'),
    JUPYTERLAB_WORKSPACES_DIR: folder('workspaces'),
    IPYTHONDIR: folder('ipython'),
    // The checkout's kernels and extensions come before any that are installed elsewhere.
    JUPYTER_PREFER_ENV_PATH: '1',
    PYTHONNOUSERSITE: '1',
    PATH: `${path.dirname(venvPython)}${path.delimiter}${path.dirname(process.execPath)}${path.delimiter}${base.PATH ?? ''}`,
    VIRTUAL_ENV: venvDir,
  };
  for (const name of [
    'JUPYTER_PATH',
    'JUPYTER_CONFIG_PATH',
    'JUPYTER_NO_CONFIG',
    'PYTHONHOME',
    'PYTHONPATH',
  ]) {
    delete env[name];
  }
  return env;
}

/**
 * @param {number} port @param {string} ip
 * @returns {Promise<boolean>} whether nothing listens there
 */
export const isFree = (port, ip) =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: ip, exclusive: true }, () => server.close(() => resolve(true)));
  });

/**
 * @typedef {object} Lab
 * @property {string} url the server's address, without a path
 * @property {string} logFile
 * @property {Promise<void>} ready settles when the server answers, or cannot
 * @property {Promise<void>} ended settles when the server has ended
 * @property {() => Promise<void>} stop ends the kernels, then the server
 * @property {() => void} kill ends everything at once
 */

/**
 * Starts JupyterLab.
 * @param {{ ip: string, port: number, token: string, browser: boolean, page: string }} options
 * @returns {Lab}
 */
export function startLab({ ip, port, token, browser, page }) {
  const env = jupyterEnvironment(process.env);
  const config = path.join(labDir, 'config');
  writeJson(path.join(config, 'jupyter_server_config.json'), serverConfig);
  writeJson(path.join(config, 'labconfig', 'default_setting_overrides.json'), labSettings);
  const logFile = path.join(labDir, `lab-${port}.log`);
  const log = openSync(logFile, 'w');
  const args = [
    '-m',
    'jupyterlab',
    `--ServerApp.ip=${ip}`,
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    `--ServerApp.root_dir=${root}`,
    `--LabApp.default_url=${page}`,
    ...(browser ? [] : ['--no-browser']),
    // Browsers packed as snaps, Ubuntu's among them, may not read a page in a hidden folder: give them the address.
    ...(process.platform === 'linux' ? ['--ServerApp.use_redirect_file=False'] : []),
    // A container's only user is often root; the token and the loopback address still guard the server.
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
  ];
  const child = spawn(venvPython, args, {
    cwd: root,
    // The environment, unlike the command line, is not shown to the machine's other users.
    env: { ...env, JUPYTER_TOKEN: token },
    stdio: ['ignore', log, log],
    // A group of its own: Ctrl-C comes to this script, which then ends the server in order.
    detached: !isWindows,
  });
  closeSync(log);
  let over = false;
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    const end = () => {
      over = true;
      resolve();
    };
    child.once('error', end);
    child.once('exit', end);
  });
  const url = `http://${ip === '0.0.0.0' ? '127.0.0.1' : ip}:${port}`;
  const kill = () => {
    if (over || child.pid === undefined) return;
    try {
      process.kill(isWindows ? child.pid : -child.pid, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  };
  const ask = (/** @type {string} */ place, /** @type {RequestInit} */ init = {}) =>
    fetch(`${url}/${place}`, {
      ...init,
      headers: { Authorization: `token ${token}` },
      signal: AbortSignal.timeout(5000),
    });
  const stop = async () => {
    // The server's own way out ends the kernels first, on every system.
    await ask('api/shutdown', { method: 'POST' }).catch(() => child.kill('SIGTERM'));
    await Promise.race([ended, pause(10000, undefined, { ref: false })]);
    kill();
    await ended;
  };

  const untilReady = async () => {
    const deadline = Date.now() + 120000;
    while (
      !(await ask('api/status').then(
        (reply) => reply.ok,
        () => false,
      ))
    ) {
      if (over || Date.now() > deadline) {
        kill();
        const what = over ? 'ended before it was ready' : 'did not answer within two minutes';
        throw new UserError(
          `JupyterLab ${what} (its log is ${logFile}).`,
          tail(readFileSync(logFile, 'utf8')),
        );
      }
      await pause(100);
    }
  };
  return { url, logFile, ready: untilReady(), ended, stop, kill };
}
