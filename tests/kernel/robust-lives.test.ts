/** Kernels that are ended in every way and at any moment leave nothing behind, and parts that are killed come back. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { KernelClient } from './client.js';
import { dataFolder, kernelSpec, makeFolder, startKernel } from './fixture.js';
import { type Launched, launch } from './launch.js';
import { alive, descendants, withCommand } from './processes.js';
import { seeded } from './seeded.js';
import { full } from './sizes.js';

const folder = makeFolder();
const scratch = makeFolder('outside');
const open: KernelClient[] = [];

async function start(env: Record<string, string> = {}): Promise<KernelClient> {
  const kernel = await startKernel({ cwd: folder, env: { TMPDIR: scratch, ...env } });
  open.push(kernel);
  return kernel;
}

afterEach(async () => {
  for (const kernel of open.splice(0)) await kernel.close();
});
afterAll(() => {
  for (const made of [folder, scratch]) rmSync(made, { recursive: true, force: true });
});

const family = (pid: number): number[] => [pid, ...descendants(pid)];
const scratchFolders = (): string[] =>
  readdirSync(scratch).filter((name) => name.startsWith('typescript-kernel-'));

/** A kernel whose client need not hear anything. */
async function launched(): Promise<Launched> {
  return launch(kernelSpec(), { cwd: folder, env: { TMPDIR: scratch, JUPYTER_DATA_DIR: dataFolder } });
}

describe('kernels that are ended', () => {
  const count = full ? 200 : 12;
  const random = seeded(Number(process.env.SEED ?? 1));

  test(`${count} of them, by signals at random moments of their start, leave no process and no folder`, async () => {
    const batch = 3;
    for (let done = 0; done < count; done += batch) {
      await Promise.all(
        Array.from({ length: batch }, async () => {
          const kernel = await launched();
          const signal = random.pick(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const);
          const pid = kernel.process.pid as number;
          // A start takes about as long; every moment of it comes up.
          const seen = new Set<number>();
          const until = performance.now() + random.below(700);
          while (performance.now() < until) {
            for (const each of family(pid)) seen.add(each);
            await new Promise((later) => setTimeout(later, 5));
          }
          for (const each of family(pid)) seen.add(each);
          kernel.process.kill(signal);
          const { code, signal: by } = await kernel.exited;
          // Before it listens for signals, the system ends it.
          if (signal !== 'SIGKILL') expect([0, null]).toContain(code);
          expect(by === null || by === signal).toBe(true);
          await expect.poll(() => alive([...seen]), { timeout: 10_000 }).toEqual([]);
          // Only the file itself: the test's own folder is the test's to remove.
          expect(existsSync(kernel.connectionFile)).toBe(true);
          kernel.destroy();
        }),
      );
    }
    // What SIGKILL left is removed by the next kernel that starts.
    const last = await start();
    await last.ok('1');
    await last.shutdown();
    expect(scratchFolders()).toEqual([]);
  }, 600_000);

  test('in the midst of their work, by a signal, a shutdown or the death of their parent, leave nothing', async () => {
    for (let round = 0; round < (full ? 60 : 6); round++) {
      const kernel = await start();
      const work = random.pick([
        'console.log("at work");\nfor (;;) {}',
        'console.log("at work");\nfor (;;) console.log("x".repeat(1000))',
        'console.log("at work");\nawait new Promise(() => {})',
        'console.log("at work");\n(await import("node:child_process")).execFileSync("sleep", ["60"])',
      ]);
      const run = kernel.startCell(work, {}, 60_000);
      await run.printed('at work');
      const pids = family(kernel.kernel.process.pid as number).filter(
        // A program that a cell started is the user's: the system ends it with the group when Jupyter does.
        (pid) => withCommand([pid], /^sleep/).length === 0,
      );
      await new Promise((later) => setTimeout(later, random.below(50)));
      const way = random.pick(['SIGTERM', 'SIGKILL', 'shutdown', 'restart'] as const);
      if (way === 'shutdown' || way === 'restart') await kernel.shutdown(way === 'restart');
      else {
        kernel.kernel.process.kill(way);
        await kernel.exit();
      }
      await expect.poll(() => alive(pids), { timeout: 10_000 }).toEqual([]);
      open.splice(open.indexOf(kernel), 1);
      kernel.destroy();
    }
    await (await start()).shutdown();
    expect(scratchFolders()).toEqual([]);
  }, 600_000);

  test('when the server that started them is killed', async () => {
    const kernel = await launched();
    // A server in between, which is killed: its kernel is told by nobody.
    const server = spawn(
      process.execPath,
      [
        '-e',
        `const child = require('node:child_process').spawn(process.execPath, ${JSON.stringify([...kernelSpec().argv.slice(1, -1), kernel.connectionFile])}, { stdio: 'ignore', detached: true });
         console.log(child.pid); setInterval(() => {}, 1000);`,
      ],
      {
        cwd: folder,
        env: { ...process.env, TMPDIR: scratch, JUPYTER_DATA_DIR: dataFolder },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    kernel.process.kill('SIGKILL');
    await kernel.exited;
    const pid = Number(await new Promise((resolve) => server.stdout.once('data', resolve)));
    await expect
      .poll(() => withCommand(descendants(pid), /runner\.js|--lsp/).length, { timeout: 20_000 })
      .toBe(2);
    const pids = family(pid);
    server.kill('SIGKILL');
    await expect.poll(() => alive(pids), { timeout: 10_000 }).toEqual([]);
    kernel.destroy();
    await (await start()).shutdown();
    expect(scratchFolders()).toEqual([]);
  }, 60_000);
});

test('twenty restarts in a row, as a frontend does them, leave nothing', async () => {
  for (let round = 0; round < (full ? 20 : 5); round++) {
    const kernel = await start();
    const pids = family(kernel.kernel.process.pid as number);
    // Some are restarted before their first cell, some while it runs.
    if (round % 3 === 1) await kernel.ok(`const round: number = ${round}`);
    if (round % 3 === 2) await kernel.startCell('console.log("busy");\nfor (;;) {}').printed('busy');
    await kernel.shutdown(true);
    expect(alive(pids)).toEqual([]);
    expect(scratchFolders()).toEqual([]);
    kernel.destroy();
    open.length = 0;
  }
}, 120_000);

describe('a shutdown', () => {
  test('while a cell stands at a breakpoint', async () => {
    const kernel = await start();
    const debug = (command: string, args: object = {}): Promise<unknown> =>
      kernel.request('debug_request', { type: 'request', seq: 1, command, arguments: args }, 'control');
    await debug('initialize');
    await debug('attach');
    await debug('configurationDone');
    kernel.startCell('let here = 1;\ndebugger;\nhere++;');
    await kernel.next(({ content }) => content.event === 'stopped', 'stopped');
    const pids = family(kernel.kernel.process.pid as number);
    expect((await kernel.shutdown()).code).toBe(0);
    expect(alive(pids)).toEqual([]);
  });

  test('while a cell waits for input', async () => {
    const kernel = await start();
    const run = kernel.startCell('await input("name? ")', { allow_stdin: true });
    await run.until(({ header }) => header.msg_type === 'execute_input');
    const pids = family(kernel.kernel.process.pid as number);
    expect((await kernel.shutdown()).code).toBe(0);
    expect(alive(pids)).toEqual([]);
  });

  test('while the checker hangs', async () => {
    const kernel = await start();
    await kernel.ok('1');
    for (const pid of withCommand(descendants(kernel.kernel.process.pid as number), /--lsp/))
      process.kill(pid, 'SIGSTOP');
    const run = kernel.startCell('2');
    await run.until(({ header }) => header.msg_type === 'execute_input');
    const pids = family(kernel.kernel.process.pid as number);
    expect((await kernel.shutdown()).code).toBe(0);
    expect(alive(pids)).toEqual([]);
  });
});

describe('a checker that is killed', () => {
  const checkers = (kernel: KernelClient): number[] =>
    withCommand(descendants(kernel.kernel.process.pid as number), /--lsp/);
  const kill = (kernel: KernelClient): void => {
    for (const pid of checkers(kernel)) process.kill(pid, 'SIGKILL');
  };

  test('between two cells, costs nothing: the next one is checked as ever', async () => {
    const kernel = await start();
    await kernel.ok('let kept: number = 5');
    for (let time = 0; time < 3; time++) {
      await expect.poll(() => checkers(kernel).length).toBe(1);
      kill(kernel);
      expect(await kernel.value(`kept + ${time}`)).toBe(String(5 + time));
      expect((await kernel.fails('kept = "text"')).traceback).toContain("Type 'string' is not assignable");
    }
  });

  test('at moments of a check, costs nothing', async () => {
    const kernel = await start();
    writeFileSync(join(folder, 'mate.ts'), 'export const mate: number = 1;\n');
    for (let time = 0; time < (full ? 60 : 12); time++) {
      writeFileSync(join(folder, 'mate.ts'), `export const mate: number = ${time};\n`);
      const run = kernel.startCell(
        `import { mate } from './mate.js';\nconst twice${time} = mate * 2;\ntwice${time}`,
      );
      await run.until(({ header }) => header.msg_type === 'execute_input');
      await new Promise((later) => setTimeout(later, time % 12));
      kill(kernel);
      await kernel.finish(run);
      expect(run.status, `after ${time % 12} ms: ${run.traceback}`).toBe('ok');
      expect(run.text).toBe(String(time * 2));
    }
  }, 60_000);

  test('as it starts, costs nothing', async () => {
    const kernel = await startKernel({ cwd: folder, env: { TMPDIR: scratch } });
    open.push(kernel);
    kill(kernel);
    expect(await kernel.value('const typed: number = 3;\ntyped')).toBe('3');
  });
});

describe('a runner that is killed', () => {
  const kill = (kernel: KernelClient): void => {
    for (const pid of withCommand(descendants(kernel.kernel.process.pid as number), /runner\.js/))
      process.kill(pid, 'SIGKILL');
  };

  test('while no cell runs is said under the last cell, and the names are gone', async () => {
    const kernel = await start();
    const run = await kernel.ok('let lost = 1');
    kill(kernel);
    await run.printed('All variables are lost', 'stderr');
    expect((await kernel.fails('lost')).traceback).toContain("Cannot find name 'lost'");
    expect(await kernel.value('const found = 2;\nfound')).toBe('2');
  });

  test('at moments of a cell ends the cell with a sentence, and never loses its reply', async () => {
    const kernel = await start();
    for (let time = 0; time < (full ? 60 : 12); time++) {
      await kernel.ok('let counter = 0');
      const run = kernel.startCell(
        `counter++;\nawait new Promise((later) => setTimeout(later, ${time % 5}));\ncounter`,
      );
      await run.until(({ header }) => header.msg_type === 'execute_input');
      await new Promise((later) => setTimeout(later, time % 12));
      kill(kernel);
      await kernel.finish(run);
      // It may have got to its end first; else it must say that all is lost.
      if (run.status === 'ok') expect(run.text).toBe('1');
      else expect(run.reply.evalue).toMatch(/All variables are lost|Cannot find name 'counter'/);
      // Whichever it was, afterwards the name is unknown to checker and runner alike.
      await expect
        .poll(async () => (await kernel.execute('counter', { stop_on_error: false })).reply.evalue)
        .toContain("Cannot find name 'counter'");
    }
  }, 60_000);

  test('with the checker at the same time', async () => {
    const kernel = await start();
    await kernel.ok('let lost = 1');
    for (const pid of descendants(kernel.kernel.process.pid as number)) process.kill(pid, 'SIGKILL');
    await expect
      .poll(async () => (await kernel.execute('lost', { stop_on_error: false })).reply.evalue)
      .toContain("Cannot find name 'lost'");
    expect(await kernel.value('const found: number = 2;\nfound')).toBe('2');
  });
});
