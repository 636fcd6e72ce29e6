/** A private home for Jupyter, with our kernel in it, and the programs of `.lab/tools` to run there. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll } from 'vitest';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const windows = process.platform === 'win32';
const bin = path.join(root, '.lab', 'tools', windows ? 'Scripts' : 'bin');
export const python = path.join(bin, windows ? 'python.exe' : 'python');
export const npmTools = path.join(root, '.lab', 'tools-npm', 'node_modules');

export interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

export interface Home {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** A program of `.lab/tools`, run in the home's folder to its end. */
  run(program: string, ...args: string[]): Promise<Ended>;
  write(name: string, text: string): string;
  read(name: string): string;
  notebook(name: string): Notebook;
}

export interface Output {
  output_type: string;
  name?: string;
  text?: string | string[];
  data?: Record<string, string | string[]>;
  ename?: string;
  evalue?: string;
  traceback?: string[];
}

export interface Notebook {
  cells: {
    cell_type: string;
    id?: string;
    source: string | string[];
    outputs?: Output[];
    execution_count?: number | null;
    metadata: Record<string, unknown>;
  }[];
  metadata: { kernelspec?: Record<string, string>; language_info?: Record<string, string> };
  nbformat: number;
  nbformat_minor: number;
}

export const whole = (text: string | string[] | undefined): string => [text ?? ''].flat().join('');

/** Everything that a notebook's cells show as text. */
export const shown = ({ cells }: Notebook): string =>
  cells
    .flatMap(({ outputs = [] }) => outputs.map(({ text, data }) => whole(text ?? data?.['text/plain'])))
    .join('\n');

const kernelspec = { display_name: 'TypeScript', language: 'typescript', name: 'typescript' };

/** A notebook file's text, of these code cells. */
export function notebookOf(
  cells: (string | { source: string; metadata?: Record<string, unknown> })[],
): string {
  const full = cells.map((cell, index) => ({
    cell_type: 'code',
    id: `cell-${index}`,
    execution_count: null,
    outputs: [],
    metadata: {},
    ...(typeof cell === 'string' ? { source: cell } : cell),
  }));
  return JSON.stringify({ cells: full, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}

export function runProgram(
  program: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { ...options, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const status = error ? (typeof error.code === 'number' ? error.code : 127) : 0;
      const told = status === 127 ? `${stderr}${error}` : stderr;
      resolve({ status, stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(told) });
    });
  });
}

export function makeHome(): Home {
  if (!existsSync(python)) throw new Error(`${python} is missing: run the suite with \`npm test -- tools\`.`);
  const folder = mkdtempSync(path.join(tmpdir(), 'tools '));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  execFileSync(process.execPath, [path.join(root, 'kernel/dist/cli.js'), 'install', '--prefix', folder]);
  const place = (name: string): string => {
    const made = path.join(folder, name);
    mkdirSync(made, { recursive: true, mode: 0o700 });
    return made;
  };
  const env = {
    ...process.env,
    PATH: [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
    // A kernel of the same name that the user has installed must not be taken instead.
    JUPYTER_PATH: path.join(folder, 'share', 'jupyter'),
    JUPYTER_DATA_DIR: place('data'),
    JUPYTER_CONFIG_DIR: place('config'),
    JUPYTER_RUNTIME_DIR: place('runtime'),
    IPYTHONDIR: place('ipython'),
    HOME: place('home'),
    JUPYTER_PLATFORM_DIRS: '1',
  };
  const work = place('work');
  const inWork = (name: string) => path.join(work, name);
  return {
    folder: work,
    env,
    run: (program, ...args) => runProgram(path.join(bin, program), args, { cwd: work, env }),
    write: (name, text) => {
      mkdirSync(path.dirname(inWork(name)), { recursive: true });
      writeFileSync(inWork(name), text);
      return inWork(name);
    },
    read: (name) => readFileSync(inWork(name), 'utf8'),
    notebook: (name) => JSON.parse(readFileSync(inWork(name), 'utf8')) as Notebook,
  };
}
