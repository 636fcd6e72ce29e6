// The set-up: what it says when something is missing, and what it makes of what an earlier run left behind.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ended, results, root } from './lab.js';

const timeout = 120000;

/** Runs a checkout's set-up to its end; `onOutput` is called with all that it has printed so far. */
function setUp(
  checkout: string,
  env: NodeJS.ProcessEnv = {},
  onOutput?: (output: string) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, [path.join(checkout, 'scripts/setup.mjs')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const take = (data: Buffer) => {
    output += data;
    onOutput?.(output);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

describe('a checkout with nothing installed', () => {
  let checkout: string;
  let empty: string;

  beforeEach(() => {
    checkout = path.join(mkdtempSync(path.join(results, 'set up-')), 'a checkout');
    empty = path.join(checkout, 'no programs');
    mkdirSync(empty, { recursive: true });
    cpSync(path.join(root, 'scripts'), path.join(checkout, 'scripts'), { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
      cpSync(path.join(root, file), path.join(checkout, file));
    }
  });
  afterEach(() => rmSync(path.dirname(checkout), { recursive: true, force: true }));

  it('is told in one sentence that there is no Python, before anything is installed', {
    timeout,
  }, async () => {
    const { code, output } = await setUp(checkout, { PATH: empty, PYTHON: '' });
    expect(code).toBe(1);
    expect(output.trim()).toBe(
      "Python 3.10 or newer is needed, found none: install one from python.org or your system's packages, or name it with PYTHON=/path/to/python.",
    );
    expect(existsSync(path.join(checkout, 'node_modules'))).toBe(false);
  });

  it('is told that the Python it names cannot be run', { timeout }, async () => {
    const { code, output } = await setUp(checkout, { PYTHON: path.join(empty, 'python') });
    expect(code).toBe(1);
    expect(output).toMatch(
      /^The Python named by \$PYTHON \(.*\) could not be run, and 3\.10 or newer is needed/,
    );
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  // A stand-in answers the set-up's question as such a Python would.
  const standIns: [string, string, string][] = [
    ['is too old', '[[3, 8, 2], "/usr/bin/python3", true]', 'Python 3.10 or newer is needed, found 3.8.2'],
    ['cannot make environments', '[[3, 12, 1], "/usr/bin/python3", false]', 'sudo apt install python3-venv'],
  ];
  it.skipIf(process.platform === 'win32').each(standIns)(
    'is told that its Python %s',
    { timeout },
    async (_, answer, sentence) => {
      writeFileSync(path.join(empty, 'python3'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
      const { code, output } = await setUp(checkout, { PATH: empty, PYTHON: '' });
      expect(code).toBe(1);
      expect(output).toContain(sentence);
      expect(output.trim().split('\n')).toHaveLength(1);
    },
  );
});

describe('the checkout', () => {
  const lock = path.join(root, '.lab', 'setup.lock');

  it('is set up by two at once without harm', { timeout }, async () => {
    const both = await Promise.all([setUp(root), setUp(root)]);
    for (const { code, output } of both) {
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(output).toContain('Ready.');
    }
    expect(existsSync(lock)).toBe(false);
  });

  it('is not kept waiting by a run that was killed', { timeout }, async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(lock, JSON.stringify({ pid, host: os.hostname() }));
    const { code, output } = await setUp(root);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).not.toContain('waiting for it');
    expect(existsSync(lock)).toBe(false);
  });

  it('waits for a set-up that is at work', { timeout }, async () => {
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: os.hostname() }));
    const sentence = `Another set-up is at work in this checkout (process ${process.pid}): waiting for it.`;
    const { code, output } = await setUp(root, {}, (soFar) => {
      // The other one ends when it has been noticed.
      if (soFar.includes(sentence)) rmSync(lock, { force: true });
    });
    expect(code).toBe(0);
    expect(output).toContain(sentence);
    expect(output).toContain('Ready.');
  });
});
