// Runs a lecture from clean under one of the two kernels and reads what it shows.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const bin = path.join(root, '.venv', process.platform === 'win32' ? 'Scripts' : 'bin');

const python = path.join(bin, process.platform === 'win32' ? 'python.exe' : 'python');

/** `typescript` is our kernel, as set-up installed it; `tslab` is stock tslab 1.0.22. */
export type KernelName = 'typescript' | 'tslab';

export interface Output {
  output_type: 'stream' | 'display_data' | 'execute_result' | 'error';
  name?: 'stdout' | 'stderr';
  text?: string;
  data?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
}

export interface CodeCell {
  source: string;
  outputs: Output[];
  metadata: { reply?: string };
}

function run(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}\n${stderr.slice(-3000)}`));
      else resolve(stdout);
    });
  });
}

/** jupytext's own reading of each lecture's .ts file, as the text of a notebook, and the .ts file it makes of the .ipynb. */
export async function jupytextReadings(
  lectures: string[],
): Promise<Record<string, { reading: string; writing: string }>> {
  const script = path.join(root, 'tests', 'notebooks', 'readings.py');
  return JSON.parse(await run(python, [script, path.join(root, 'notebooks'), ...lectures], process.env));
}

/**
 * The code cells of a lecture after a run from top to bottom at the size `small`. A cell that fails does not end
 * the run: look at `failures`.
 */
export function executeLecture(lecture: string, kernel: KernelName): Promise<CodeCell[]> {
  return executeNotebook(path.join(root, 'notebooks', `${lecture}.ipynb`), kernel);
}

/** As `executeLecture`, for any notebook file, which runs as if it lay in `folder`. */
export async function executeNotebook(
  notebook: string,
  kernel: KernelName,
  folder = path.dirname(notebook),
): Promise<CodeCell[]> {
  if (!existsSync(python)) throw new Error(`${python} is missing: run \`npm run setup\` first.`);
  // A private home for Jupyter: a kernel of the same name that the user has installed must not be taken instead.
  const home = mkdtempSync(path.join(tmpdir(), 'lecture-'));
  try {
    const spec = path.join(home, 'path', 'kernels', 'tslab');
    mkdirSync(spec, { recursive: true });
    const tslab = path.join(root, 'node_modules', 'tslab', 'bin', 'tslab');
    const argv = [process.execPath, tslab, 'kernel', '--config-path={connection_file}'];
    writeFileSync(
      path.join(spec, 'kernel.json'),
      JSON.stringify({ argv, display_name: 'tslab', language: 'typescript' }),
    );
    const env = {
      ...process.env,
      BATCHNORM_LAB_SIZE: 'small',
      JUPYTER_PATH: path.join(home, 'path'),
      JUPYTER_DATA_DIR: path.join(home, 'data'),
      JUPYTER_CONFIG_DIR: path.join(home, 'config'),
      JUPYTER_RUNTIME_DIR: path.join(home, 'runtime'),
      IPYTHONDIR: path.join(home, 'ipython'),
    };
    const script = path.join(root, 'tests', 'notebooks', 'execute.py');
    const executed = JSON.parse(await run(python, [script, notebook, kernel, folder], env));
    return executed.cells.filter((cell: { cell_type: string }) => cell.cell_type === 'code');
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * What went wrong, one line for each cell. Stock tslab sends no error message: a failed cell is told by the reply
 * and by text on stderr, so any text on stderr counts as a failure. No lecture writes there.
 */
export function failures(cells: CodeCell[]): string[] {
  return cells.flatMap(({ source, outputs, metadata }) => {
    const found = outputs.flatMap((output) => {
      if (output.output_type === 'error') return [`${output.ename}: ${output.evalue}`];
      return output.name === 'stderr' ? [`stderr: ${output.text}`] : [];
    });
    if (metadata.reply !== 'ok') found.push(`the reply's status is ${metadata.reply}`);
    return found.map((what) => `${source.slice(0, 60)}… ${what}`);
  });
}

/** Everything that the cells show as text, in order: streams and the text/plain of displays. */
export function shownText(cells: CodeCell[]): string {
  return cells
    .flatMap(({ outputs }) => outputs.map(({ text, data }) => text ?? String(data?.['text/plain'] ?? '')))
    .join('\n');
}

/** The figures that the cells show. */
export function figures(cells: CodeCell[]): Record<string, unknown>[] {
  return cells
    .flatMap(({ outputs }) => outputs.map(({ data }) => data ?? {}))
    .filter((data) => 'application/vnd.plotly.v1+json' in data);
}
