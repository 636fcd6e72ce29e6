import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lastingNode } from '../../kernel/src/install/nodePath.js';
import { dataFolder } from '../../kernel/src/install/places.js';
import { KernelClient } from './client.js';
import { dataFolder as historyFolder, makeFolder, root } from './fixture.js';
import { cli } from './installed.js';
import { readSpec } from './launch.js';

const base = mkdtempSync(join(tmpdir(), 'install options '));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A prefix of its own for a test, and the kernelspecs and copies in it. */
function prefixOf(name: string) {
  const prefix = join(base, name);
  const share = join(prefix, 'share/jupyter');
  const list = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);
  return {
    prefix,
    spec: (kernel = 'typescript') => join(share, 'kernels', kernel, 'kernel.json'),
    specs: () => list(join(share, 'kernels')),
    copies: () => list(join(share, 'typescript-kernel')),
  };
}

describe('install', () => {
  test('--name and --display-name give a kernel beside the first one', () => {
    const { prefix, spec, specs } = prefixOf('names');
    expect(cli(['install', '--prefix', prefix]).status).toBe(0);
    expect(
      cli(['install', '--prefix', prefix, '--name', 'ts-big', '--display-name', 'TypeScript, 8 GB']).status,
    ).toBe(0);
    expect(specs()).toEqual(['ts-big', 'typescript']);
    expect(readSpec(spec('ts-big')).display_name).toBe('TypeScript, 8 GB');
    expect(readSpec(spec()).display_name).toBe('TypeScript');
  });

  test('--env gives the kernel variables', async () => {
    const { prefix, spec } = prefixOf('variables');
    expect(cli(['install', '--prefix', prefix, '--env', 'COURSE=a=b', '--env', 'EMPTY=']).status).toBe(0);
    const folder = makeFolder('outside');
    const kernel = await KernelClient.start(readSpec(spec()), {
      cwd: folder,
      env: { JUPYTER_DATA_DIR: historyFolder },
    });
    try {
      expect(await kernel.value('[process.env.COURSE, process.env.EMPTY].join("|")')).toBe("'a=b|'");
    } finally {
      await kernel.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('--copy makes a kernel that needs nothing of the checkout, and a second one makes no second copy', async () => {
    const { prefix, spec, copies } = prefixOf('copied');
    const { status, stdout } = cli(['install', '--prefix', prefix, '--copy']);
    expect(status).toBe(0);
    expect(stdout).toContain(prefix);
    const { argv } = readSpec(spec());
    expect(argv[1].startsWith(prefix)).toBe(true);
    const program = dirname(dirname(argv[1]));
    // Only what is published: no sources.
    expect(readdirSync(program).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      'logos',
      'package.json',
      'papermill',
    ]);
    const folder = makeFolder('outside');
    const kernel = await KernelClient.start(readSpec(spec()), {
      cwd: folder,
      env: { JUPYTER_DATA_DIR: historyFolder },
    });
    try {
      expect(await kernel.value('const half: number = 21;\nhalf * 2')).toBe('42');
      expect((await kernel.fails('half.missing')).traceback).toContain('missing');
    } finally {
      await kernel.close();
      rmSync(folder, { recursive: true, force: true });
    }
    const before = copies();
    expect(before.length).toBe(1);
    // From the copy itself: what is installed can install again.
    expect(cli(['install', '--prefix', prefix], { program: argv[1] }).status).toBe(0);
    expect(copies()).toEqual(before);
  });

  test('keeps the copy that was replaced, for kernels that run, and removes older ones and half ones', () => {
    const { prefix, spec, copies } = prefixOf('replaced');
    const folder = join(prefix, 'share/jupyter/typescript-kernel');
    cli(['install', '--prefix', prefix, '--copy']);
    const [current] = copies();
    const old = join(folder, 'app-0.0.1-aaaaaaaaaaaa');
    const older = join(folder, 'app-0.0.0-bbbbbbbbbbbb');
    // The number of a process that cannot exist: its copy will never be finished.
    for (const each of [old, older, join(folder, 'partial-999999999')]) mkdirSync(each);
    writeFileSync(join(folder, 'history.jsonl'), '');
    const text = readFileSync(spec(), 'utf8').replace(current, 'app-0.0.1-aaaaaaaaaaaa');
    writeFileSync(spec(), text);
    expect(cli(['install', '--prefix', prefix, '--copy']).status).toBe(0);
    expect(copies()).toEqual(['app-0.0.1-aaaaaaaaaaaa', current, 'history.jsonl']);
  });

  test('without a place writes into .venv of the folder, and without one for the user', () => {
    const [folder, data] = [join(base, 'project'), join(base, 'user data')];
    mkdirSync(folder);
    const options = { cwd: folder, env: { JUPYTER_DATA_DIR: data } };
    expect(cli(['install'], options).stdout).toContain(join(data, 'kernels/typescript'));
    mkdirSync(join(folder, '.venv'));
    expect(cli(['install'], options).stdout).toContain(
      join(folder, '.venv/share/jupyter/kernels/typescript'),
    );
  });

  test.each([
    ['two places', ['install', '--user', '--prefix', base], '--user'],
    ['a name that Jupyter does not take', ['install', '--prefix', base, '--name', 'My Kernel'], 'My Kernel'],
    ['a variable without a value', ['install', '--prefix', base, '--env', 'COURSE'], 'COURSE'],
    ['both ways', ['install', '--prefix', base, '--copy', '--link'], '--link'],
    ['a place that is a file', ['install', '--prefix', join(root, 'package.json')], 'package.json'],
  ])('refuses %s in one sentence', (_what, args, named) => {
    const { status, stderr } = cli(args);
    expect(status).toBe(1);
    expect(stderr).toContain(named);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('--system is where Jupyter looks for everybody', () => {
    const expected =
      process.platform === 'win32' ? /ProgramData[\\/]jupyter$/i : /^\/usr\/local\/share\/jupyter$/;
    expect(dataFolder({ system: true })).toMatch(expected);
  });

  test.each([
    ['/opt/homebrew/Cellar/node/24.1.0/bin/node', '/opt/homebrew/opt/node/bin/node'],
    ['/usr/local/Cellar/node@22/22.9.0_1/bin/node', '/usr/local/opt/node@22/bin/node'],
    [
      'C:\\Users\\ada\\scoop\\apps\\nodejs\\24.1.0\\node.exe',
      'C:\\Users\\ada\\scoop\\apps\\nodejs\\current\\node.exe',
    ],
    ['/usr/bin/node', '/usr/bin/node'],
  ])('names %s as %s, which an update keeps', (path, lasting) => {
    expect(lastingNode(path, () => true)).toBe(lasting);
    expect(lastingNode(path, () => false)).toBe(path);
  });

  test("refuses a Node in npx's cache", () => {
    expect(() => lastingNode('/home/ada/.npm/_npx/1a2b/node_modules/node/bin/node')).toThrow('cache');
  });
});

describe('uninstall', () => {
  test('removes the kernelspec and its copy, and nothing else', () => {
    const { prefix, specs, copies } = prefixOf('removed');
    cli(['install', '--prefix', prefix, '--copy']);
    cli(['install', '--prefix', prefix, '--name', 'second']);
    expect(copies()).toHaveLength(1);
    const { status, stdout } = cli(['uninstall', '--prefix', prefix]);
    expect(status).toBe(0);
    expect(stdout).toContain(prefix);
    expect(specs()).toEqual(['second']);
    expect(copies()).toEqual([]);
  });

  test('says so when there is none, and which there are', () => {
    const { prefix } = prefixOf('none');
    cli(['install', '--prefix', prefix, '--name', 'other']);
    const { status, stderr } = cli(['uninstall', '--prefix', prefix]);
    expect(status).toBe(1);
    expect(stderr).toContain('other');
  });

  test("leaves another kernel's kernelspec alone", () => {
    const { prefix, spec } = prefixOf('foreign');
    mkdirSync(dirname(spec()), { recursive: true });
    writeFileSync(spec(), JSON.stringify({ argv: ['deno', 'jupyter'], language: 'typescript' }));
    expect(cli(['uninstall', '--prefix', prefix]).status).toBe(1);
    expect(existsSync(spec())).toBe(true);
  });
});

describe('doctor', () => {
  /** Only the kernelspecs of one folder are looked at. */
  const doctor = (prefix: string) => {
    const env = {
      JUPYTER_PATH: '',
      JUPYTER_DATA_DIR: join(prefix, 'share/jupyter'),
      VIRTUAL_ENV: '',
      CONDA_PREFIX: '',
      // No Jupyter of this machine has a say.
      PATH: '',
    };
    return cli(['doctor'], { cwd: base, env });
  };

  test('runs a cell with the installed kernelspec and finds nothing wrong', () => {
    const { prefix, spec } = prefixOf('well');
    cli(['install', '--prefix', prefix]);
    const { status, stdout } = doctor(prefix);
    expect(stdout).toMatch(/^ok +a cell ran with the kernelspec typescript/m);
    expect(stdout).toContain(dirname(spec()));
    expect(stdout).toMatch(/^ok +TypeScript 7\./m);
    expect(stdout).not.toMatch(/^wrong/m);
    expect(status).toBe(0);
  });

  test('says that there is no kernelspec, and what to do', () => {
    const { status, stdout } = doctor(join(base, 'nowhere'));
    expect(stdout).toMatch(/^wrong +no kernelspec.*install --user/m);
    expect(stdout).toMatch(/^ok +a cell ran with this package/m);
    expect(status).toBe(1);
  });

  test('where prints the folder of the package', () => {
    expect(cli(['where']).stdout.trim()).toBe(join(root, 'kernel'));
  });

  test.each([
    ['a Node', /"argv": \[\s*"[^"]*"/, '"argv": ["/gone/node"'],
    ['a kernel', /"[^"]*cli\.js"/, '"/gone/dist/cli.js"'],
  ])('says that a kernelspec names %s that is gone', (_what, from, to) => {
    const { prefix, spec } = prefixOf(`broken ${to.length}`);
    cli(['install', '--prefix', prefix]);
    writeFileSync(spec(), readFileSync(spec(), 'utf8').replace(from, to));
    const { status, stdout } = doctor(prefix);
    expect(stdout).toMatch(/^wrong .*gone.*\/gone/m);
    expect(stdout).toMatch(/^wrong +no cell runs with the kernelspec typescript/m);
    expect(status).toBe(1);
  });
});
