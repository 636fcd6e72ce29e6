/** The published package: packed, installed with one command in an empty folder, and run with nothing of this checkout. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { npmCli } from '../../scripts/support/paths.mjs';
import { KernelClient } from '../kernel/client.js';
import { readSpec } from '../kernel/launch.js';
import { makeHome, root, runProgram } from './tools.js';

const home = makeHome();
const npm = npmCli() ?? '';
let tarball: string;

/** npm, with a cache of the test's own: what it takes from the registry is what a stranger's machine takes. */
const cache = path.join(home.folder, 'npm cache');
const env: NodeJS.ProcessEnv = {
  ...home.env,
  npm_config_cache: cache,
  npm_config_update_notifier: 'false',
  JUPYTER_PATH: '',
};

beforeAll(async () => {
  const args = [npm, 'pack', '--json', '--pack-destination', home.folder];
  const { status, stdout, stderr } = await runProgram(process.execPath, args, {
    cwd: path.join(root, 'kernel'),
    env,
  });
  expect(status, stderr).toBe(0);
  const packed: { filename: string }[] | Record<string, { filename: string }> = JSON.parse(
    stdout.slice(stdout.search(/[[{]/)),
  );
  tarball = path.join(home.folder, Object.values(packed)[0]?.filename ?? '');
});

test('the tarball is small', () => {
  expect(statSync(tarball).size).toBeLessThan(400_000);
});

test('the bundles import nothing but what the package depends on', () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'kernel/package.json'), 'utf8'));
  const dist = path.join(root, 'kernel/dist');
  const imported = readdirSync(dist)
    .filter((name) => name.endsWith('.js'))
    .flatMap((name) =>
      [...readFileSync(path.join(dist, name), 'utf8').matchAll(/\b(?:require\d*|import)\("([^"$]+)"\)/g)].map(
        ([, specifier]) => specifier ?? '',
      ),
    )
    .filter((name) => !name.startsWith('.') && !isBuiltin(name));
  expect(imported).toContain('zeromq');
  expect(imported).toContain('oxc-parser');
  for (const name of imported) expect(Object.keys(dependencies)).toContain(name);
});

test('npx installs it for the user; it goes on when the cache is emptied, and uninstall leaves nothing', async () => {
  const npx = ['exec', '--yes', '--package', tarball, '--', 'typescript-kernel'];
  const options = { cwd: home.folder, env };
  const installed = await runProgram(process.execPath, [npm, ...npx, 'install', '--user'], options);
  expect(installed.status, installed.stderr).toBe(0);
  expect(installed.stdout).toContain(path.join(String(env.JUPYTER_DATA_DIR), 'kernels', 'typescript'));
  rmSync(cache, { recursive: true });

  const spec = readSpec(path.join(String(env.JUPYTER_DATA_DIR), 'kernels', 'typescript', 'kernel.json'));
  const program = String(spec.argv[1]);
  expect(spec.argv.join(' ')).not.toContain(root);
  expect(program.startsWith(String(env.JUPYTER_DATA_DIR))).toBe(true);
  const kernel = await KernelClient.start(spec, {
    cwd: home.folder,
    env: { JUPYTER_DATA_DIR: String(env.JUPYTER_DATA_DIR) },
  });
  try {
    expect(
      await kernel.value(
        'enum Colour { Red = 1 }\nconst shout = (text: string) => text + "!";\nshout(Colour[1])',
      ),
    ).toBe("'Red!'");
    expect((await kernel.fails('shout(3)')).traceback).toContain("Argument of type 'number'");
    expect(await kernel.value("import { sep } from 'node:path';\nsep.length")).toBe('1');
  } finally {
    await kernel.close();
  }

  const doctor = await runProgram(process.execPath, [program, 'doctor'], options);
  expect(doctor.stdout).not.toMatch(/^wrong/m);
  expect(doctor.stdout).toMatch(/^ok +`jupyter` finds typescript/m);
  const version = await runProgram(process.execPath, [program, '--version'], options);
  expect(version.stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);

  const removed = await runProgram(process.execPath, [program, 'uninstall', '--user'], options);
  expect(removed.status, removed.stderr).toBe(0);
  const left = readdirSync(path.join(String(env.JUPYTER_DATA_DIR)), { recursive: true });
  expect(left.filter((name) => /app-|kernel\.json/.test(String(name)))).toEqual([]);
});
