/** `npm run setup:tfjs-node`: what it refuses, in one sentence each, and that it can be stopped at any moment. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** A port where nobody listens. */
const nowhere = 'http://127.0.0.1:9';

interface Ended {
  code: number | null;
  output: string;
}

let checkout = '';
let programs = '';

/** Runs the set-up of the test's own checkout to its end; `onOutput` sees all that it has printed so far. */
function setUp(
  args: string[],
  env: NodeJS.ProcessEnv = {},
  onOutput: (output: string, stop: () => void) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [join(checkout, 'scripts/setup-tfjs-node.mjs'), ...args], {
    env: { ...process.env, CXX: '', PYTHON: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const take = (data: Buffer) => {
    output += data;
    onOutput(output, () => child.kill('SIGINT'));
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/** A program on the test's own PATH that does what the script says. */
function program(name: string, script: string): void {
  writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Nothing that has not ended by itself is left in the folder of the installation. */
const left = () =>
  existsSync(join(checkout, '.lab/tfjs-node')) ? readdirSync(join(checkout, '.lab/tfjs-node')) : [];

beforeEach(() => {
  mkdirSync(join(root, 'test-results'), { recursive: true });
  checkout = join(mkdtempSync(join(root, 'test-results', 'tfjs node-')), 'a checkout');
  programs = join(checkout, 'programs');
  mkdirSync(programs, { recursive: true });
  cpSync(join(root, 'scripts'), join(checkout, 'scripts'), { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
    cpSync(join(root, file), join(checkout, file));
  }
  // To npm's own record its packages are installed. None of them is needed for what is tested here.
  mkdirSync(join(checkout, 'node_modules'));
  cpSync(join(root, 'node_modules/.package-lock.json'), join(checkout, 'node_modules/.package-lock.json'));
});
afterEach(() => rmSync(join(checkout, '..'), { recursive: true, force: true }));

const isSupported = process.platform === 'linux' && process.arch === 'x64';

// A test that is skipped counts as a failure in CI: on each platform there are those that can run.
if (isSupported) {
  describe('npm run setup:tfjs-node', () => {
    test('without a C++ compiler says so in one sentence, before it installs anything', async () => {
      const { code, output } = await setUp([], { PATH: programs });
      expect(output.trim()).toBe(
        'A C++ compiler is needed, and none works here: on Debian or Ubuntu run `sudo apt install g++`, then the same command again, or name one with CXX=/path/to/compiler.',
      );
      expect(code).toBe(1);
      expect(left()).toEqual([]);
    });

    test('a compiler that was named and does not compile is named in the sentence', async () => {
      program('broken-compiler', 'exit 1');
      const { output } = await setUp([], {
        CXX: `${join(programs, 'broken-compiler').replaceAll(' ', '_')} -O2`,
      });
      expect(output).toMatch(
        /^The C\+\+ compiler named by \$CXX \(.*broken-compiler -O2\) cannot make a C\+\+17 library: /,
      );
      expect(output.trim().split('\n')).toHaveLength(1);
    });

    test('without Python', async () => {
      program('g++', 'exit 0');
      const { code, output } = await setUp([], { PATH: programs });
      expect(output.trim()).toMatch(/^Python 3\.10 or newer is needed, found none: /);
      expect(code).toBe(1);
      expect(left()).toEqual([]);
    });

    test('without pip', async () => {
      program('g++', 'exit 0');
      program(
        'python3',
        `[ "$1" = -c ] || exit 1; echo '[[3, 12, 1], "${join(programs, 'python3')}", true]'`,
      );
      const { output } = await setUp([], { PATH: programs });
      expect(output.trim()).toMatch(
        /^Python's pip is needed to download the library, and .*python3 comes without it: /,
      );
      expect(output.trim().split('\n')).toHaveLength(1);
    });

    test('with too little free disk says how much there is', async () => {
      const { code, output } = await setUp(['--free-mb', '1000000000']);
      expect(output.trim()).toMatch(
        /^1000000000 MB of free disk are needed for .*\.lab\/tfjs-node, found \d+: make room, then run the same command again\.$/,
      );
      expect(code).toBe(1);
      expect(left()).toEqual([]);
    });

    test('without the npm registry', async () => {
      const { code, output } = await setUp([], {
        npm_config_registry: nowhere,
        npm_config_cache: join(checkout, 'empty cache'),
      });
      expect(output.trim().split('\n').at(-1)).toMatch(
        /^The npm registry cannot be reached: .*, it goes on from here\.$/,
      );
      expect(code).toBe(1);
    });

    test('Ctrl-C at the packages, then without the package index of Python: each is told, and nothing is ready', async () => {
      const stopped = await setUp([], {}, (output, stop) => {
        if (output.includes('npm packages of tfjs-node …')) stop();
      });
      expect(stopped.output).toContain('Stopped. Run the same command again: it goes on from here.');
      expect(stopped.code).toBe(130);

      const python = {
        PIP_INDEX_URL: `${nowhere}/simple`,
        PIP_EXTRA_INDEX_URL: '',
        PIP_FIND_LINKS: '',
        PIP_CONFIG_FILE: '/dev/null',
      };
      const { code, output } = await setUp([], python);
      expect(output).toContain('npm packages of tfjs-node: done');
      expect(output.trim().split('\n').at(-1)).toMatch(
        /^The Python package index cannot be reached: .*, it goes on from here\.$/,
      );
      expect(code).toBe(1);
      // the packages are there, TensorFlow.js itself is the checkout's, and nothing of the download is left
      expect(readdirSync(join(checkout, '.lab/tfjs-node/node_modules/@tensorflow'))).toEqual(['tfjs-node']);
      expect(left()).toEqual(['node_modules', 'package-lock.json', 'package.json', 'packages.json']);

      const again = await setUp([], python);
      expect(again.output).not.toContain('npm packages of tfjs-node');

      expect((await setUp(['--remove'])).output.trim()).toBe(
        'Removed .lab/tfjs-node. TensorFlow.js computes in WebAssembly again.',
      );
      expect(existsSync(join(checkout, '.lab/tfjs-node'))).toBe(false);
      expect((await setUp(['--remove'])).output.trim()).toBe('There was nothing to remove.');
    }, 180_000);
  });
} else {
  test('elsewhere than on Linux on x64 it says so in one sentence', async () => {
    const { code, output } = await setUp([]);
    expect(output).toMatch(/^This way to the native library is for Linux on x64 with glibc, and this is /);
    expect(code).toBe(1);
  });
}

test('npm run setup:tfjs-node explains itself, and a misspelt option', async () => {
  const help = await setUp(['--help']);
  expect(help.output).toMatch(/Downloads 190 MB,\nkeeps 0\.5 GB of disk/);
  expect(help.output).toMatch(/--remove {2,}take it all away again/);
  expect((await setUp(['--remov'])).output.trim()).toBe('Unknown option --remov: did you mean --remove?');
  expect((await setUp(['--free-mb', 'much'])).output.trim()).toBe(
    '--free-mb needs a number of megabytes, and "much" was given.',
  );
});
