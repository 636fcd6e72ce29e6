import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { KernelClient } from './client.js';
import { makeFolder, root } from './fixture.js';
import { readSpec } from './launch.js';

const base = mkdtempSync(join(tmpdir(), 'install with spaces '));
afterAll(() => rmSync(base, { recursive: true, force: true }));

function cli(args: string[], env: Record<string, string> = {}) {
  const command = join(root, 'kernel/dist/cli.js');
  return spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

const place = 'share/jupyter/kernels';

test('install --prefix writes a kernelspec that starts the kernel, from any folder', async () => {
  const prefix = join(base, 'prefix');
  expect(cli(['install', '--prefix', prefix]).status).toBe(0);
  expect(readdirSync(join(prefix, place))).toEqual(['typescript']);
  const folder = makeFolder('outside');
  const kernel = await KernelClient.start(readSpec(join(prefix, place, 'typescript/kernel.json')), {
    cwd: folder,
  });
  try {
    expect(await kernel.value('1 + 1')).toBe('2');
  } finally {
    await kernel.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a second install leaves the same files', () => {
  const prefix = join(base, 'twice');
  cli(['install', '--prefix', prefix]);
  const file = join(prefix, place, 'typescript/kernel.json');
  const first = readFileSync(file, 'utf8');
  expect(cli(['install', '--prefix', prefix]).status).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(first);
});

test('install says where it wrote', () => {
  const prefix = join(base, 'said');
  expect(cli(['install', '--prefix', prefix]).stdout).toContain(join(prefix, place, 'typescript'));
});

test('install --user writes below JUPYTER_DATA_DIR', () => {
  const data = join(base, 'data');
  expect(cli(['install', '--user'], { JUPYTER_DATA_DIR: data }).status).toBe(0);
  expect(statSync(join(data, 'kernels/typescript/kernel.json')).isFile()).toBe(true);
});

test('install --sys-prefix writes into the active Python environment', () => {
  const environment = join(base, 'venv');
  mkdirSync(environment);
  expect(cli(['install', '--sys-prefix'], { VIRTUAL_ENV: environment }).status).toBe(0);
  expect(existsSync(join(environment, place, 'typescript/kernel.json'))).toBe(true);
});

test('the kernelspec has logos for the launcher', () => {
  const prefix = join(base, 'logos');
  cli(['install', '--prefix', prefix]);
  expect(readdirSync(join(prefix, place, 'typescript')).join()).toMatch(/logo-/);
});

test.each([
  ['an unknown option', ['install', '--nowhere'], '--nowhere'],
  ['a prefix without a folder', ['install', '--prefix'], '--prefix'],
  ['an unknown command', ['uninstal'], 'uninstal'],
  ['no connection file', ['kernel'], 'connection'],
  [
    'a connection file that does not exist',
    ['kernel', '/nonexistent/connection.json'],
    '/nonexistent/connection.json',
  ],
])('%s is refused in one sentence', (_what, args, named) => {
  const { status, stderr } = cli(args);
  expect(status).not.toBe(0);
  expect(stderr).toContain(named);
  expect(stderr.trim().split('\n').length).toBeLessThan(3);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test('a connection file that is no JSON is refused in one sentence', () => {
  const file = join(base, 'broken.json');
  writeFileSync(file, '{ not json');
  const { status, stderr } = cli(['kernel', file]);
  expect(status).not.toBe(0);
  expect(stderr).toContain(file);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test('--help lists the commands', () => {
  const { status, stdout } = cli(['--help']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/install[\s\S]*kernel/);
  expect(stdout).toContain('--prefix');
});
