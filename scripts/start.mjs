// @ts-check
// `npm start`: sets up what is missing, then opens JupyterLab on the first notebook with the TypeScript kernel.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { setUp } from './setup.mjs';
import { isFree, startLab } from './support/jupyter.mjs';
import { helpText, nearest, parseOptions } from './support/options.mjs';
import { notebooksDir } from './support/paths.mjs';
import { onInterrupt } from './support/process.mjs';
import { runMain, say, step, UserError } from './support/report.mjs';

const command = 'npm start';
const firstPort = 8888;

/** @type {Record<string, import('./support/options.mjs').Option>} */
export const table = {
  notebook: { value: 'NAME', help: 'open this notebook, by number or name (default 00-start-here)' },
  port: { value: 'N', help: `serve on this port (default ${firstPort}, or the next one that is free)` },
  'no-browser': { help: 'open no browser, only print the address' },
  token: { value: 'T', help: 'the secret in the address (default a new random one)' },
  ip: { value: 'ADDRESS', help: 'listen here (default 127.0.0.1: this machine only)' },
  help: { help: 'show this text' },
};

const usage = `Usage: npm start -- [options]

Sets up what is missing, then opens JupyterLab on the lectures. Ctrl-C stops it.`;

/** @param {string | true | undefined} asked @returns {string} the notebook's file name */
function findNotebook(asked) {
  const all = existsSync(notebooksDir)
    ? readdirSync(notebooksDir)
        .filter((name) => name.endsWith('.ipynb'))
        .sort()
    : [];
  const wanted = String(asked ?? '00-start-here')
    .replace(/^.*[/\\]/, '')
    .replace(/\.ipynb$/, '');
  const names = all.map((name) => name.replace(/\.ipynb$/, ''));
  const found =
    names.find((name) => name === wanted) ??
    names.find((name) => name.startsWith(`${wanted.padStart(2, '0')}-`));
  if (found) return `${found}.ipynb`;
  const near = nearest(wanted, names);
  const hint = near ? `did you mean ${near}?` : `there are ${names.join(', ') || 'none'}.`;
  throw new UserError(`There is no notebook "${wanted}" in notebooks/: ${hint}`);
}

/** @param {string | true | undefined} asked @param {string} ip */
async function findPort(asked, ip) {
  if (asked === undefined) {
    for (let port = firstPort; port < firstPort + 100; port++) {
      if (!(await isFree(port, ip))) continue;
      if (port !== firstPort) say(`Port ${firstPort} is in use: serving on ${port}.`);
      return port;
    }
    throw new UserError(
      `Ports ${firstPort} to ${firstPort + 99} cannot be used on ${ip}: name a free one with --port.`,
    );
  }
  const port = Number(asked);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new UserError(`--port needs a whole number from 1 to 65535, and "${asked}" was given.`);
  }
  if (!(await isFree(port, ip))) {
    throw new UserError(
      `Port ${port} on ${ip} is in use or not allowed: name another with --port, or leave it out.`,
    );
  }
  return port;
}

/** Without a display Python would open a text browser in this terminal. */
const hasDisplay = () =>
  process.platform !== 'linux' ||
  Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY || process.env.BROWSER);

/**
 * Starts JupyterLab with a notebook, and stays until it ends.
 * @param {Record<string, string | true>} options as `npm start` has them
 * @param {{ address: (notebook: string) => string, hint?: string }} how the address of the page, from a file's name
 * @returns {Promise<number>} the exit status
 */
export async function openLecture(options, { address, hint }) {
  const ip = String(options.ip ?? '127.0.0.1');
  const token = String(options.token ?? randomBytes(20).toString('hex'));
  if (!/^[\w.~-]+$/.test(token)) {
    throw new UserError(
      '--token needs letters, digits, dots, dashes or underscores, at least one: it becomes part of an address.',
    );
  }
  // Asked before the set-up too, so that a slip is told at once and not after a minute of installing.
  if (options.port !== undefined) await findPort(options.port, ip);
  const notebook = findNotebook(options.notebook);
  await setUp({ libraryMayFail: true });

  const port = await findPort(options.port, ip);
  const page = address(encodeURIComponent(notebook));
  const browser = !options['no-browser'] && hasDisplay();
  const lab = startLab({ ip, port, token, browser, page });
  let stopping = false;
  const disarm = onInterrupt(() => {
    // A second Ctrl-C does not wait.
    if (stopping) {
      lab.kill();
      process.exit(130);
    }
    stopping = true;
    say('\nStopping JupyterLab and its kernels …');
    void lab.stop();
  });
  try {
    await step('JupyterLab', () => lab.ready);
  } catch (error) {
    if (stopping) return 0;
    throw error;
  }
  if (!['127.0.0.1', 'localhost', '::1'].includes(ip)) {
    say(`Other machines can reach ${ip}: whoever knows the token can run programs as you.`);
  }
  say(
    `\n  JupyterLab is ready: ${lab.url}${page}?token=${token}\n${hint ? `  ${hint}\n` : ''}  Stop it with Ctrl-C. Its log: ${lab.logFile}\n`,
  );
  await lab.ended;
  disarm();
  if (!stopping) throw new UserError(`JupyterLab ended by itself (its log is ${lab.logFile}).`);
  say('Stopped.');
  return 0;
}

async function main() {
  const { options } = parseOptions(process.argv.slice(2), table, { command });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  return openLecture(options, { address: (notebook) => `/lab/tree/notebooks/${notebook}` });
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1] ?? '')).href) await runMain(main);
