/** The kernel and the world around it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plain } from '../../kernel/message.js';
import { alive, descendants } from '../../kernel/processes.js';
import { everywhere, feature, type Group } from '../feature.js';
import { kernels, root } from '../kernels.mjs';
import { type Session, stretched } from '../session.js';

/** Runs a notebook of these cells with nbconvert; resolves with what it wrote and said. */
async function nbconvert(kernel: Session, sources: string[]): Promise<{ code: number | null; text: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'nbconvert-'));
  try {
    const specFolder = join(folder, 'share/kernels/peer');
    mkdirSync(specFolder, { recursive: true });
    const spec = { ...kernels[kernel.peer](), display_name: 'Peer', language: kernel.language };
    writeFileSync(join(specFolder, 'kernel.json'), JSON.stringify(spec));
    const notebook = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: { kernelspec: { name: 'peer', display_name: 'Peer', language: kernel.language } },
      cells: sources.map((source, i) => ({
        id: `cell-${i}`,
        cell_type: 'code',
        execution_count: null,
        metadata: {},
        outputs: [],
        source,
      })),
    };
    writeFileSync(join(folder, 'notebook.ipynb'), JSON.stringify(notebook));
    const python = [join(root, '.venv/bin/python'), join(root, '.venv/Scripts/python.exe')].find(existsSync);
    const options = ['--to', 'markdown', '--execute', '--stdout', '--ExecutePreprocessor.timeout=15'];
    const child = spawn(python ?? 'python', ['-m', 'nbconvert', ...options, join(folder, 'notebook.ipynb')], {
      env: { ...process.env, JUPYTER_PATH: join(folder, 'share') },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += plain(String(chunk));
      });
    }
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, text };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Converted {
  good: ReturnType<typeof nbconvert>;
  bad: ReturnType<typeof nbconvert>;
}
const conversions = new Map<string, Converted>();

/** Two notebooks at once: most of the time is Python's imports. */
async function converted(kernel: Session): Promise<Converted> {
  // Made anew for each attempt.
  const key = `${kernel.peer} ${stretched(1)}`;
  const known = conversions.get(key);
  if (known) return known;
  const python = kernel.language === 'python';
  const made = {
    good: nbconvert(kernel, [python ? 'total1 = 40 + 1' : 'const total1 = 40 + 1;', 'total1 + 1']),
    bad: nbconvert(kernel, [
      python ? 'raise ValueError("planned" + " failure")' : 'throw new Error("planned" + " failure");',
      '1 + 1',
    ]),
  };
  conversions.set(key, made);
  return made;
}

/** Waits until none of the processes runs, as long as it may take. */
async function gone(pids: number[], ms = 4000): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (alive(pids).length > 0) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

function killAll(pids: number[]): void {
  for (const pid of alive(pids)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}

const sleeper: Record<Session['language'], string> = {
  typescript: 'import { spawn } from "node:child_process";\nspawn("sleep", ["60"]);\n0',
  javascript: 'require("child_process").spawn("sleep", ["60"]); 0',
  python: 'import subprocess\nsleeper1 = subprocess.Popen(["sleep", "60"])',
};

export const elsewhere: Group = {
  title: 'Around the kernel',
  features: [
    feature(
      'nbconvert runs a notebook',
      everywhere(async (kernel) => {
        const { code, text } = await (await converted(kernel)).good;
        return code === 0 && /\b42\b/.test(text);
      }),
    ),
    feature(
      'nbconvert stops at a failing cell and says why',
      everywhere(async (kernel) => {
        const { code, text } = await (await converted(kernel)).bad;
        if (code === 0) return false;
        return /planned failure/.test(text) || 'stops, without the reason';
      }),
    ),
    feature(
      'All processes of a kernel that is killed end',
      everywhere((kernel) =>
        kernel.another({}, async (other) => {
          await other.ok('1 + 1');
          const pid = other.client.kernel.process.pid ?? 0;
          const pids = descendants(pid);
          process.kill(pid, 'SIGKILL');
          const ended = await gone(pids);
          killAll(pids);
          return ended;
        }),
      ),
    ),
    feature(
      'Processes that a cell started end with the kernel',
      everywhere((kernel) =>
        kernel.another({}, async (other) => {
          await other.ok(sleeper[other.language]);
          const pids = descendants(other.client.kernel.process.pid ?? 0);
          await other.shutdown();
          const ended = await gone(pids, 2000);
          killAll(pids);
          return ended;
        }),
      ),
    ),
    feature(
      'An ended kernel leaves no temporary files',
      everywhere(async (kernel) => {
        const scratch = mkdtempSync(join(tmpdir(), 'scratch-'));
        try {
          const env = { TMPDIR: scratch, TEMP: scratch, TMP: scratch };
          return await kernel.another({ env }, async (other) => {
            await other.ok('1 + 1');
            await other.shutdown();
            return readdirSync(scratch).length === 0;
          });
        } finally {
          rmSync(scratch, { recursive: true, force: true });
        }
      }),
    ),
    feature(
      'Nothing is written into the notebook folder',
      everywhere((kernel) =>
        kernel.another({}, async (other) => {
          const before = readdirSync(other.folder).sort().join();
          await other.ok(
            other.language === 'python' ? 'import math\nmath.sqrt(4)' : 'const root1 = Math.sqrt(4);\nroot1',
          );
          await other.shutdown();
          return readdirSync(other.folder).sort().join() === before;
        }),
      ),
    ),
  ],
};
