import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { KernelClient } from './client.js';
import { makeFolder, startKernel } from './fixture.js';
import { alive, descendants, withCommand } from './processes.js';

const folder = makeFolder();
const scratch = makeFolder('outside');
let kernel: KernelClient;

/** Its scratch folder is looked for where TMPDIR says, which nothing else uses. */
async function start(env: Record<string, string> = {}): Promise<KernelClient> {
  kernel = await startKernel({ cwd: folder, env: { TMPDIR: scratch, ...env } });
  return kernel;
}

afterEach(() => kernel.close());
afterAll(() => {
  for (const made of [folder, scratch]) rmSync(made, { recursive: true, force: true });
});

function processesOf(client: KernelClient): number[] {
  const pid = client.kernel.process.pid as number;
  return [pid, ...descendants(pid)];
}

describe('shutdown', () => {
  test('is answered, and leaves no process and no scratch folder', async () => {
    await start();
    await kernel.ok('const x: number = 1;\nx');
    const pids = processesOf(kernel);
    expect(pids.length).toBeGreaterThan(2);
    const { reply, code } = await kernel.shutdown();
    expect(reply).toEqual({ status: 'ok', restart: false });
    expect(code).toBe(0);
    expect(alive(pids)).toEqual([]);
    expect(readdirSync(scratch)).toEqual([]);
  });

  test('says restart when it is one', async () => {
    await start();
    expect((await kernel.shutdown(true)).reply).toEqual({ status: 'ok', restart: true });
  });

  test.each([
    ['shutdown', () => kernel.shutdown()],
    ['a crash of the process that runs cells', () => kernel.execute('process.abort()')],
  ])('ends the programs that cells started: by %s', async (_how, end) => {
    await start();
    const started = await kernel.ok(
      `import { exec, spawn } from 'node:child_process';
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
const shell = exec('exec sleep 1000');
const kept = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true });
[child.pid, shell.pid, kept.pid].join()`,
    );
    const pids = (started.text ?? '').replace(/'/g, '').split(',').map(Number);
    expect(alive(pids)).toHaveLength(3);
    await end();
    await expect.poll(() => alive(pids)).toEqual(pids.slice(2));
    process.kill(pids[2] as number);
  });

  test('ends a busy loop and leaves no process', async () => {
    await start();
    const run = kernel.startCell('console.log("running");\nfor (;;) {}');
    await run.printed('running');
    const pids = processesOf(kernel);
    await kernel.shutdown();
    expect(alive(pids)).toEqual([]);
  });

  test('by a signal leaves no process and no scratch folder', async () => {
    await start();
    await kernel.ok('1');
    const pids = processesOf(kernel);
    kernel.kernel.process.kill('SIGTERM');
    await kernel.exit();
    expect(alive(pids)).toEqual([]);
    expect(readdirSync(scratch)).toEqual([]);
  });

  test('by SIGKILL of the kernel leaves no child behind', async () => {
    await start();
    await kernel.ok('1');
    const busy = kernel.startCell('console.log("running");\nfor (;;) {}');
    await busy.printed('running');
    const pids = processesOf(kernel);
    kernel.kernel.process.kill('SIGKILL');
    await kernel.exit();
    await expect.poll(() => alive(pids), { timeout: 5000 }).toEqual([]);
  });
});

describe('a cell that ends its process', () => {
  /** The cell fails with a report, the next one runs, and the names are gone. */
  async function survives(code: string, report: RegExp): Promise<void> {
    await kernel.ok('let before = 1');
    const run = await kernel.fails(code);
    expect(`${run.traceback}${run.reply.evalue}`).toMatch(report);
    expect(run.traceback).toMatch(/lost|gone|again|restart/i);
    expect(kernel.kernel.log()).toMatch(report);
    expect(await kernel.value('const after: number = 2;\nafter')).toBe('2');
    const gone = await kernel.fails('before');
    expect(gone.traceback).toContain("Cannot find name 'before'");
  }

  test('by process.exit is told so, is stopped there, and keeps its names', async () => {
    await start();
    await kernel.ok('let before = 1');
    const run = await kernel.fails(`before = 2;
      try { process.exit(3) } catch { console.log('caught') } finally { console.log('finally') }
      console.log('after')`);
    expect(run.reply.evalue).toContain('process.exit(3)');
    expect(run.stdout).toBe('');
    expect(await kernel.value('before')).toBe('2');
  });

  test('by process.exit after output keeps the output', async () => {
    await start();
    const run = await kernel.fails('for (let i = 0; i < 1000; i++) console.log(i);\nprocess.exit(0)');
    expect(run.stdout).toBe(Array.from({ length: 1000 }, (_, index) => `${index}\n`).join(''));
    expect(await kernel.value('"next"')).toContain('next');
  });

  test('by process.abort is told so, and the kernel goes on', async () => {
    await start();
    await survives('process.abort()', /SIGABRT|abort/i);
  });

  test('by SIGKILL is told so, and the kernel goes on', async () => {
    await start();
    await survives('process.kill(process.pid, "SIGKILL");\nawait new Promise(() => {})', /SIGKILL|killed/i);
  });

  test('by running out of memory is told so, and the kernel goes on', async () => {
    await start({ LAB_KERNEL_RUNNER_FLAGS: '--max-old-space-size=64' });
    await survives(
      'const hoard: number[][] = [];\nfor (;;) hoard.push(new Array(10_000).fill(Math.random()))',
      /memory/i,
    );
  }, 60_000);

  test('aborts the cells that were queued behind it', async () => {
    await start();
    const gate = join(folder, 'gate');
    const ending = kernel.startCell(`
      import { existsSync } from 'node:fs';
      console.log('waiting');
      while (!existsSync(${JSON.stringify(gate)})) await new Promise((again) => setTimeout(again, 2));
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => {});`);
    await ending.printed('waiting');
    const queued = kernel.startCell('"queued"');
    // Its answer says that the kernel has read the queued cell, which was sent before it.
    await kernel.request('is_complete_request', { code: '1' });
    writeFileSync(gate, '');
    await kernel.finish(ending);
    await kernel.finish(queued);
    rmSync(gate);
    expect([ending.status, queued.status]).toEqual(['error', 'aborted']);
    expect(await kernel.value('"next"')).toContain('next');
  });

  test('in a timer, when no cell runs, is told and the next cell runs', async () => {
    await start();
    const run = await kernel.ok('setTimeout(() => process.exit(4), 10); "set"');
    await run.until(({ header }) => header.msg_type === 'stream' || header.msg_type === 'error', 'report');
    expect(await kernel.value('"next"')).toContain('next');
  });
});

describe('a compiler that cannot be started', () => {
  test('is said in one sentence in each cell, and the kernel stays', async () => {
    await start({ LAB_KERNEL_TSC: '/nonexistent/tsc' });
    for (let time = 0; time < 2; time++) {
      const run = await kernel.fails('console.log("must not run unchecked")');
      expect(run.stdout).toBe('');
      expect(run.reply.evalue).toMatch(/TypeScript|compiler/);
      expect(run.reply.evalue).toContain('/nonexistent/tsc');
      expect(run.reply.evalue).not.toContain('\n');
    }
    expect((await kernel.request('kernel_info_request')).status).toBe('ok');
    expect((await kernel.request('complete_request', { code: 'Ma', cursor_pos: 2 })).reply.status).toMatch(
      /ok|error/,
    );
  });

  test('and one that is killed is started again', async () => {
    await start();
    await kernel.ok('let kept = 5');
    const [, ...children] = processesOf(kernel);
    const compiler = withCommand(children, /--lsp/);
    expect(compiler.length).toBeGreaterThan(0);
    for (const pid of compiler) process.kill(pid, 'SIGKILL');
    // The first cell after it may find the compiler gone and say so; nothing is lost and the next one is checked again.
    await kernel.execute('kept + 1');
    expect(await kernel.value('kept + 2')).toBe('7');
    expect((await kernel.fails('kept = "text"')).traceback).toContain("Type 'string' is not assignable");
  });
});

test("the scratch folder does not lie in the notebook's folder", async () => {
  await start();
  await kernel.ok('const y = 1');
  expect(readdirSync(folder)).toEqual([]);
});
