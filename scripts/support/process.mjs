// @ts-check
// Child processes that never outlive an interrupted script.
import { spawn } from 'node:child_process';
import { root } from './paths.mjs';
import { say } from './report.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {Set<() => void>} */
const cleanups = new Set();
let armed = false;

/**
 * Ctrl-C, a closed terminal or `kill`: end the children, release what is held, say how to go on.
 * @param {() => void} cleanup
 * @returns {() => void} call it when there is nothing to clean up any more
 */
export function onInterrupt(cleanup) {
  if (!armed) {
    armed = true;
    const interrupted = () => {
      if (cleanups.size === 0) endChildren();
      for (const each of [...cleanups]) each();
    };
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.on(signal, interrupted);
    // Started by a program that keeps a channel to us (the tests do): its end is ours.
    if (process.channel) {
      process.once('disconnect', interrupted);
      process.channel.unref();
    }
  }
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

function endChildren() {
  for (const child of running) child.kill('SIGTERM');
  process.exit(130);
}

/** What an interrupt does while a step of the set-up is running. */
export function stopWithNotice() {
  say('\nStopped. Run the same command again: it goes on from here.');
  endChildren();
}

/**
 * Runs a program to its end and collects what it prints.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean }} [options] `show` passes output through
 * @returns {Promise<{ code: number, output: string }>} code 127 when the program could not be started
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ['ignore', options.show ? 'inherit' : 'pipe', options.show ? 'inherit' : 'pipe'],
      windowsHide: true,
    });
    running.add(child);
    let output = '';
    child.stdout?.on('data', (data) => {
      output += data;
    });
    child.stderr?.on('data', (data) => {
      output += data;
    });
    /** @param {number} code */
    const end = (code) => {
      running.delete(child);
      resolve({ code, output });
    };
    child.once('error', (error) => {
      output += String(error);
      end(127);
    });
    child.once('close', (code) => end(code ?? 1));
  });
}

/** @param {string} output @returns {boolean} whether a package manager's output says that there is no network */
export const saysNoNetwork = (output) =>
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|ECONNRESET|ETIMEDOUT|ENOTCACHED|dns error|Name or service not known|Temporary failure in name resolution|Failed to establish a new connection|Connection refused|network is unreachable|tcp connect error/i.test(
    output,
  );

/** @param {string} output @param {number} [lines] @returns {string} its last lines */
export const tail = (output, lines = 20) => output.trimEnd().split('\n').slice(-lines).join('\n');
