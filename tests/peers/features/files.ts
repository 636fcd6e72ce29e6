/** Local files that cells import. All are there before the kernel starts; the probes only change them. */
import { feature, type Group, type Probe, shows } from '../feature.js';
import { type Session, said, shown, within } from '../session.js';

const typescript = {
  'data.json': '{ "ten": 10 }',
  '../shared1.ts': 'export const twelve: number = 12;\n',
  'local1.ts': 'export const eleven: number = 11;\n',
  'mistyped.ts': 'export const fine = 1;\nexport const wrong: string = 5;\n',
  'thrower2.ts':
    'interface Erased2 {\n  a: number;\n}\nexport function thrower2(): never {\n  throw new Error("from the file");\n}\n',
  'edited1.ts': 'export const version: number = 1;\n',
  'inner2.ts': 'export const version: number = 1;\n',
  'outer2.ts': 'import { version } from "./inner2.ts";\nexport const outer = () => version;\n',
  'edited3.ts': 'export const version: number = 1;\n',
};

/** tslab's TypeScript wants paths without ending. */
const tslab = {
  ...typescript,
  'outer2.ts': typescript['outer2.ts'].replace('inner2.ts', 'inner2'),
};

const javascript = {
  // The checkout's own says that its files are ES modules, which `require` refuses.
  'package.json': '{}',
  'data.json': '{ "ten": 10 }',
  '../shared1.cjs': 'exports.twelve = 12;\n',
  'local1.js': 'exports.eleven = 11;\n',
  'thrower2.js': '\n\n\nexports.thrower2 = function () {\n  throw new Error("from the file");\n};\n',
  'edited1.js': 'exports.version = 1;\n',
  'inner2.js': 'exports.version = 1;\n',
  'outer2.js': 'const { version } = require("./inner2.js");\nexports.outer = () => version;\n',
};

const python = {
  '../shared1.py': 'twelve = 12\n',
  'local1.py': 'eleven = 11\n',
  'thrower2.py': '\n\n\ndef thrower2():\n  raise ValueError("from the file")\n',
  'edited1.py': 'version = 1\n',
  'inner2.py': 'version = 1\n',
  'outer2.py': 'import inner2\ndef outer(): return inner2.version\n',
  'edited3.py': 'def version(): return 1\n',
};

/** The cell's spelling of a file: tslab wants no ending, the others want it. */
const path = (kernel: Session, name: string): string =>
  kernel.peer === 'tslab' ? `./${name}` : `./${name}.ts`;

/** Uses a file, changes it, and uses it until the change shows; a kernel may take a moment to notice. */
const reloads =
  (cell: (kernel: Session) => string, file: string, edited: string): Probe =>
  async (kernel) => {
    if ((await kernel.shown(cell(kernel))) !== '1') return false;
    kernel.write({ [file]: edited });
    const deadline = performance.now() + 1500;
    do {
      const run = await kernel.run(cell(kernel));
      if (run.status === 'ok' && shown(run) === '22') return true;
      await within(kernel.client.kernel.exited, 100);
    } while (performance.now() < deadline);
    return false;
  };

/** IPython's own way: an extension that a cell switches on. */
const autoreload =
  (probe: Probe): Probe =>
  async (kernel) => {
    await kernel.ok('%load_ext autoreload\n%autoreload 2');
    return (await probe(kernel)) ? 'after `%autoreload 2`' : false;
  };

const V22 = {
  typescript: 'export const version: number = 22;\n',
  javascript: 'exports.version = 22;\n',
  python: 'version = 22\n',
};

export const localFiles: Group = {
  title: 'Local files',
  files: { typescript, tslab, javascript, python },
  features: [
    feature('Imports by relative path', {
      typescript: async (kernel) =>
        (await kernel.shown(`import { eleven } from "${path(kernel, 'local1')}";\neleven`)) === '11',
      javascript: shows('11', 'require("./local1.js").eleven'),
      python: shows('11', 'from local1 import eleven\neleven'),
    }),
    feature('… from outside the notebook folder (`../shared.ts`)', {
      typescript: async (kernel) =>
        (await kernel.shown(`import { twelve } from ".${path(kernel, 'shared1')}";\ntwelve`)) === '12',
      javascript: shows('12', 'require("../shared1.cjs").twelve'),
      python: shows('12', 'import sys; sys.path.append("..")\nfrom shared1 import twelve\ntwelve'),
    }),
    feature('JSON files', {
      typescript: async (kernel) => {
        for (const cell of [
          'import data from "./data.json" with { type: "json" };\ndata.ten',
          'import data from "./data.json";\ndata.ten',
          'import * as data from "./data.json";\ndata.ten',
        ]) {
          const run = await kernel.run(cell);
          if (run.status === 'ok' && shown(run) === '10') return true;
        }
        return false;
      },
      javascript: shows('10', 'require("./data.json").ten'),
      python: null,
    }),
    feature('Imported files are checked for types too', {
      typescript: async (kernel) => {
        const run = await kernel.run(`import { fine } from "${path(kernel, 'mistyped')}";\nfine`);
        return run.status === 'error' && /mistyped\.ts\D+2\b/.test(said(run));
      },
      javascript: null,
      python: null,
    }),
    feature('A trace names the line of a file', {
      typescript: async (kernel) => {
        const run = await kernel.run(`import { thrower2 } from "${path(kernel, 'thrower2')}";\nthrower2();`);
        return /thrower2\.ts\D{1,10}5\b/.test(said(run));
      },
      javascript: async (kernel) =>
        /thrower2\.js\D{1,10}5\b/.test(said(await kernel.run('require("./thrower2.js").thrower2();'))),
      python: async (kernel) =>
        /thrower2\.py\D{1,10}5\b/.test(said(await kernel.run('import thrower2\nthrower2.thrower2()'))),
    }),
    feature('A file that was edited is loaded anew', {
      typescript: reloads(
        (kernel) => `import { version } from "${path(kernel, 'edited1')}";\nversion`,
        'edited1.ts',
        V22.typescript,
      ),
      javascript: reloads(() => 'require("./edited1.js").version', 'edited1.js', V22.javascript),
      python: autoreload(reloads(() => 'import edited1\nedited1.version', 'edited1.py', V22.python)),
    }),
    feature('… also when another file imports it', {
      typescript: reloads(
        (kernel) => `import { outer } from "${path(kernel, 'outer2')}";\nouter()`,
        'inner2.ts',
        V22.typescript,
      ),
      javascript: reloads(() => 'require("./outer2.js").outer()', 'inner2.js', V22.javascript),
      python: autoreload(reloads(() => 'import outer2\nouter2.outer()', 'inner2.py', V22.python)),
    }),
    feature('… and names that an earlier cell imported follow', {
      typescript: async (kernel) => {
        await kernel.ok(`import { version as version3 } from "${path(kernel, 'edited3')}";`);
        return reloads(() => 'version3', 'edited3.ts', V22.typescript)(kernel);
      },
      javascript: null,
      python: async (kernel) => {
        await kernel.ok('from edited3 import version as version3');
        return autoreload(reloads(() => 'version3()', 'edited3.py', 'def version(): return 22\n'))(kernel);
      },
    }),
  ],
};
