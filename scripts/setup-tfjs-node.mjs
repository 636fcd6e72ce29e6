// @ts-check
// `npm run setup:tfjs-node`: TensorFlow's native library for TensorFlow.js, several times as fast as WebAssembly.
//
// The package's own install step downloads the library from a host that many networks refuse. Here the library comes
// from the Python package `tensorflow-cpu`, whose file exports the same C functions, and the binding between it and
// Node is compiled. Everything lies in `.lab/tfjs-node`; a stopped run is taken up again; a finished one is left alone.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { withLock } from './support/lock.mjs';
import { prepareNpm, runNpm } from './support/npm.mjs';
import { helpText, parseOptions } from './support/options.mjs';
import { stateDir, venvPython } from './support/paths.mjs';
import { run, saysNoNetwork, tail } from './support/process.mjs';
import { findPython } from './support/python.mjs';
import { runMain, say, step, UserError } from './support/report.mjs';
import { isStamped, writeJson } from './support/stamp.mjs';
import {
  adaptPackage,
  binding,
  facts,
  home,
  isTfjsNodeReady,
  libraryDir,
  linkTfjsNode,
  packageDir,
  recipeDir,
  removeTfjsNode,
  stampTfjsNode,
} from './support/tfjsNode.mjs';

const megabyte = 1e6;
/** The library is unpacked beside the downloaded file, then rewritten without its symbols. */
const neededMegabytes = 1200;

/** @type {Record<string, import('./support/options.mjs').Option>} */
const table = {
  remove: { help: 'take it all away again' },
  'free-mb': {
    value: 'N',
    help: `how much free disk must be there before it begins (default ${neededMegabytes})`,
  },
  help: { help: 'show this text' },
};

const usage = `Usage: npm run setup:tfjs-node -- [options]

Installs TensorFlow's native library for TensorFlow.js into .lab/tfjs-node, for Linux on x64 (glibc). Downloads 190 MB,
keeps 0.5 GB of disk, takes a minute or two; needs a C++ compiler. Nothing else in this checkout depends on it: without
it TensorFlow.js computes in WebAssembly. Stop it when you like: the same command goes on from there.`;

/** Only Linux on x64 with glibc has such a wheel. */
function checkPlatform() {
  // `header` says which C library Node was linked with, and is not in Node's types.
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (
    process.report?.getReport() ?? {}
  );
  const glibc = report.header?.glibcVersionRuntime;
  if (process.platform === 'linux' && process.arch === 'x64' && glibc) return;
  const here = `${process.platform} on ${process.arch}${process.platform === 'linux' && !glibc ? ' without glibc' : ''}`;
  throw new UserError(
    `This way to the native library is for Linux on x64 with glibc, and this is ${here}: TensorFlow.js computes in WebAssembly here, or try \`npm install --no-save @tensorflow/tfjs-node@4.22.0\`, which downloads the library from its makers.`,
  );
}

/** @returns {Promise<string[]>} the command of a C++ compiler that can make a shared library */
async function findCompiler() {
  const chosen = process.env.CXX?.trim();
  const candidates = chosen ? [chosen.split(/\s+/)] : [['g++'], ['c++'], ['clang++']];
  const source = path.join(stateDir, 'probe.cc');
  const result = path.join(stateDir, 'probe.node');
  writeFileSync(
    source,
    '#include <string>\nextern "C" int length() { return std::string("it works").size(); }\n',
  );
  try {
    for (const [program = '', ...args] of candidates) {
      const { code } = await run(program, [...args, '-std=c++17', '-shared', '-fPIC', source, '-o', result]);
      if (code === 0) return [program, ...args];
    }
  } finally {
    rmSync(source, { force: true });
    rmSync(result, { force: true });
  }
  throw new UserError(
    chosen
      ? `The C++ compiler named by $CXX (${chosen}) cannot make a C++17 library: name another one or unset it.`
      : 'A C++ compiler is needed, and none works here: on Debian or Ubuntu run `sudo apt install g++`, then the same command again, or name one with CXX=/path/to/compiler.',
  );
}

/** @returns {Promise<string>} a Python whose pip can download */
async function findPip() {
  const python = existsSync(venvPython) ? venvPython : (await findPython()).executable;
  if ((await run(python, ['-m', 'pip', '--version'])).code === 0) return python;
  throw new UserError(
    `Python's pip is needed to download the library, and ${python} comes without it: run \`npm run setup\` first, whose Python has it.`,
  );
}

/** @param {number} wanted megabytes */
function checkDisk(wanted) {
  const { bavail, bsize } = statfsSync(stateDir);
  const free = Math.floor((bavail * bsize) / megabyte);
  if (free >= wanted) return;
  throw new UserError(
    `${wanted} MB of free disk are needed for ${home}, found ${free}: make room, then run the same command again.`,
  );
}

/** A step whose result has a stamp of its own, so that a stopped run need not do it again. */
const isDone = (/** @type {string} */ name, /** @type {Record<string, unknown>} */ wanted) =>
  isStamped(path.join(home, `${name}.json`), wanted);
const done = (/** @type {string} */ name, /** @type {Record<string, unknown>} */ wanted) =>
  writeJson(path.join(home, `${name}.json`), wanted);

/** The package, and the headers of Node's C interface. */
async function installPackages() {
  const wanted = { ...facts(), node: 'any' };
  if (isDone('packages', wanted) && existsSync(packageDir)) return;
  await step('npm packages of tfjs-node', async () => {
    for (const name of ['package.json', 'package-lock.json']) {
      copyFileSync(path.join(recipeDir, name), path.join(home, name));
    }
    const npm = () => runNpm(['ci', '--ignore-scripts', '--fetch-retries=1'], { cwd: home });
    let { code, output } = await npm();
    if (code !== 0 && !saysNoNetwork(output)) {
      // An npm that was stopped a moment ago may have written on where this one was clearing up.
      rmSync(path.join(home, 'node_modules'), {
        recursive: true,
        force: true,
        maxRetries: 10,
        retryDelay: 300,
      });
      ({ code, output } = await npm());
    }
    if (code !== 0) {
      if (saysNoNetwork(output)) {
        throw new UserError(
          'The npm registry cannot be reached: connect to the network (or set your mirror with `npm config set registry ADDRESS`) and run the same command again, it goes on from here.',
        );
      }
      throw new UserError('The npm packages of tfjs-node could not be installed (above: why).', tail(output));
    }
    adaptPackage();
  });
  done('packages', wanted);
}

/** @param {string} python */
async function installLibrary(python) {
  const wanted = { wheel: facts().wheel };
  if (isDone('library', wanted) && existsSync(libraryDir)) return;
  const downloads = path.join(home, 'download');
  if (!isDone('wheel', wanted) || !existsSync(downloads)) {
    rmSync(downloads, { recursive: true, force: true });
    await step("TensorFlow's library: download of 190 MB", () => download(python, downloads));
    done('wheel', wanted);
  }
  await step("TensorFlow's library: unpacking", async () => {
    const [wheel = ''] = readdirSync(downloads).filter((name) => name.endsWith('.whl'));
    const part = `${libraryDir}.part`;
    rmSync(part, { recursive: true, force: true });
    const unpack = [path.join(recipeDir, 'unpack.py'), path.join(downloads, wheel), part];
    const { code, output } = await run(python, unpack);
    if (code !== 0) throw new UserError('The library could not be unpacked (above: why).', tail(output));
    rmSync(libraryDir, { recursive: true, force: true });
    // Symbols for debuggers are a quarter of it. Without `strip` they stay, and do no harm.
    const files = readdirSync(path.join(part, 'lib')).filter(
      (name) => name.endsWith('.so.2') && !/^libtensorflow\.so/.test(name),
    );
    for (const name of files) await run('strip', ['--strip-unneeded', path.join(part, 'lib', name)]);
    renameSync(part, libraryDir);
  });
  done('library', wanted);
  rmSync(downloads, { recursive: true, force: true });
}

/** @param {string} python @param {string} folder */
async function download(python, folder) {
  // pip's own temporary files stay in reach too: a stopped download leaves nothing elsewhere.
  const temporary = path.join(home, 'tmp');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const args = [
    '-m',
    'pip',
    '--disable-pip-version-check',
    '--no-input',
    '--no-cache-dir',
    '--retries',
    '1',
    'download',
  ];
  const which = ['--no-deps', '--only-binary=:all:', '--python-version', '3.10', '--require-hashes'];
  const platforms = ['--platform', 'manylinux_2_17_x86_64', '--platform', 'manylinux2014_x86_64'];
  const what = ['--quiet', '--dest', folder, '--requirement', path.join(recipeDir, 'requirements.txt')];
  const { code, output } = await run(python, [...args, ...which, ...platforms, ...what], {
    env: { ...process.env, TMPDIR: temporary },
  });
  rmSync(temporary, { recursive: true, force: true });
  if (code === 0) return;
  rmSync(folder, { recursive: true, force: true });
  if (saysNoNetwork(output)) {
    throw new UserError(
      "The Python package index cannot be reached: connect to the network (or set pip's index-url to your mirror) and run the same command again, it goes on from here.",
    );
  }
  throw new UserError(
    'The Python package tensorflow-cpu 2.13.1 could not be downloaded (above: why).',
    tail(output),
  );
}

/** @param {string[]} compiler */
async function compileBinding([program = '', ...args]) {
  const wanted = { ...facts() };
  if (isDone('binding', wanted) && existsSync(binding)) return;
  await step('Binding between TensorFlow and Node: compiling', async () => {
    mkdirSync(path.dirname(binding), { recursive: true });
    const part = `${binding}.part`;
    const headers = [
      packageDir,
      path.join(libraryDir, 'include'),
      path.join(home, 'node_modules', 'node-api-headers', 'include'),
    ];
    const { code, output } = await run(program, [
      ...args,
      ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
      ...headers.map((folder) => `-I${folder}`),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(packageDir, 'binding', name)),
      ...[`-L${path.join(libraryDir, 'lib')}`, '-ltensorflow', '-ltensorflow_framework'],
      // Relative, so that the checkout may move.
      ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', part],
    ]);
    if (code !== 0) throw new UserError('The binding could not be compiled (above: why).', tail(output, 40));
    renameSync(part, binding);
  });
  done('binding', wanted);
}

/** Computes something with it, in a process of its own: a library that does not fit must not end this one. */
async function tryIt() {
  await step('Trial', async () => {
    const program = `
      const tf = require('@tensorflow/tfjs-node');
      const product = tf.matMul([[1, 2], [3, 4]], [[5], [6]]).dataSync().join();
      const slope = tf.grad((x) => tf.sum(tf.conv2d(x, tf.ones([2, 2, 1, 1]), 1, 'valid')))(tf.ones([1, 3, 3, 1]));
      if (tf.getBackend() !== 'tensorflow' || product !== '17,39' || slope.dataSync()[4] !== 4) process.exit(1);
      tf.topk([1, 3, 2], 2).values.dataSync();
      console.log('it works');`;
    const { code, output } = await run(process.execPath, ['-e', program], {
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    });
    if (code === 0 && output.includes('it works')) return;
    throw new UserError(
      'The native library is installed and does not compute (above: why): `npm run setup:tfjs-node -- --remove` takes it away again.',
      tail(output),
    );
  });
}

/** @param {number} wanted megabytes of free disk */
async function install(wanted) {
  const compiler = await findCompiler();
  const python = await findPip();
  // What a stopped run has left counts as room: it is used or written over.
  checkDisk(wanted);
  say(
    "Installs TensorFlow's native library into .lab/tfjs-node: downloads 190 MB, keeps 0.5 GB, takes a minute or two. Ctrl-C stops it; the same command goes on from there.",
  );
  mkdirSync(home, { recursive: true });
  await prepareNpm();
  await installPackages();
  await installLibrary(python);
  await compileBinding(compiler);
  stampTfjsNode();
  linkTfjsNode();
  try {
    await tryIt();
  } catch (error) {
    rmSync(path.join(home, 'ready.json'), { force: true });
    throw error;
  }
}

await runMain(async () => {
  const { options } = parseOptions(process.argv.slice(2), table, { command: 'npm run setup:tfjs-node' });
  if (options.help) {
    say(helpText(usage, table));
    return 0;
  }
  const wanted = Number(options['free-mb'] ?? neededMegabytes);
  if (!(wanted >= 0))
    throw new UserError(`--free-mb needs a number of megabytes, and "${options['free-mb']}" was given.`);
  if (options.remove) {
    const was = await withLock(async () => removeTfjsNode());
    say(
      was
        ? 'Removed .lab/tfjs-node. TensorFlow.js computes in WebAssembly again.'
        : 'There was nothing to remove.',
    );
    return 0;
  }
  checkPlatform();
  await withLock(async () => {
    linkTfjsNode();
    if (!isTfjsNodeReady()) await install(wanted);
  });
  say(
    'The native library is there: `tensorflow()` of batchnorm/tfjs uses it. `npm run setup:tfjs-node -- --remove` takes it away.',
  );
  return 0;
});
