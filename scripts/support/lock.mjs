// @ts-check
// One set-up at a time in a checkout.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stateDir } from './paths.mjs';
import { onInterrupt, stopWithNotice } from './process.mjs';
import { say } from './report.mjs';

const lockFile = path.join(stateDir, 'setup.lock');
const beatMs = 2000;
const staleMs = 30 * beatMs;

/** @param {string} file @returns {boolean} whether this process is the one that made the file */
function create(file) {
  try {
    const handle = openSync(file, 'wx');
    writeSync(handle, JSON.stringify({ pid: process.pid, host: os.hostname() }));
    closeSync(handle);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @returns {{ pid: number, alive: boolean } | undefined} who holds the lock; undefined when nobody does */
function holder() {
  try {
    const beatAge = Date.now() - statSync(lockFile).mtimeMs;
    const text = readFileSync(lockFile, 'utf8');
    // Empty: its maker is between creating and writing it.
    const { pid, host } = text === '' ? { pid: 0, host: '' } : JSON.parse(text);
    return { pid, alive: beatAge < staleMs && (host !== os.hostname() || isRunning(pid)) };
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    return { pid: 0, alive: false };
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** Removes a dead process's lock. A second file guards it, so that nobody removes a lock just taken. */
function removeStale() {
  const guard = `${lockFile}.guard`;
  try {
    if (Date.now() - statSync(guard).mtimeMs > staleMs) rmSync(guard, { force: true });
  } catch {
    // No guard: nobody else is removing it.
  }
  if (!create(guard)) return;
  try {
    if (holder()?.alive === false) rmSync(lockFile, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * Does `work` while no other process of this checkout does its own.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(work) {
  mkdirSync(stateDir, { recursive: true });
  let told = false;
  while (!create(lockFile)) {
    const other = holder();
    if (other?.alive === false) removeStale();
    else if (other && !told && other.pid > 0) {
      told = true;
      say(`  Another set-up is at work in this checkout (process ${other.pid}): waiting for it.`);
    }
    await pause(200);
  }
  const beat = setInterval(() => {
    if (existsSync(lockFile)) utimesSync(lockFile, new Date(), new Date());
  }, beatMs);
  const release = () => rmSync(lockFile, { force: true });
  const disarm = onInterrupt(() => {
    release();
    stopWithNotice();
  });
  try {
    return await work();
  } finally {
    clearInterval(beat);
    release();
    disarm();
  }
}
