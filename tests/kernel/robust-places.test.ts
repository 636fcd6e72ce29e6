/** Folders and files that are missing, read-only, full or taken away. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { KernelClient } from './client.js';
import { dataFolder, kernelSpec, makeFolder, startKernel } from './fixture.js';
import { type KernelSpec, launch } from './launch.js';

const made: string[] = [];
const open: KernelClient[] = [];

function folder(): string {
  const path = makeFolder('outside');
  made.push(path);
  return path;
}

afterEach(async () => {
  for (const kernel of open.splice(0)) await kernel.close();
});
afterAll(() => {
  for (const path of made) {
    if (existsSync(path)) chmodSync(path, 0o755);
    rmSync(path, { recursive: true, force: true });
  }
});

/** Root may write anywhere, whatever the permissions say, so there a folder is made unwritable in another way. */
const isRoot = process.getuid?.() === 0;

/** A folder in which nothing can be made. */
function unwritable(): string {
  if (isRoot && existsSync('/proc/self')) return '/proc/self/fdinfo';
  const path = folder();
  chmodSync(path, 0o555);
  return path;
}

async function start(
  cwd: string,
  env: Record<string, string> = {},
  spec: KernelSpec = kernelSpec(),
): Promise<KernelClient> {
  const kernel = await KernelClient.start(spec, { cwd, env: { JUPYTER_DATA_DIR: dataFolder, ...env } });
  open.push(kernel);
  return kernel;
}

/** Ends by itself with one sentence. */
async function refuses(env: Record<string, string>, sentence: RegExp): Promise<void> {
  const kernel = await launch(kernelSpec(), { cwd: folder(), env: { JUPYTER_DATA_DIR: dataFolder, ...env } });
  try {
    const { code } = await kernel.exited;
    expect(code).toBe(1);
    expect(kernel.log()).toMatch(sentence);
    expect(kernel.log().trim()).not.toContain('\n');
  } finally {
    kernel.destroy();
  }
}

describe("the notebook's folder", () => {
  test('may be read-only', async () => {
    const path = folder();
    writeFileSync(join(path, 'given.ts'), 'export const given: number = 6;\n');
    chmodSync(path, 0o555);
    const kernel = await start(path);
    expect(await kernel.value("import { given } from './given.js';\ngiven * 7")).toBe('42');
  });

  test('may be one in which nothing can be made at all', async () => {
    const kernel = await start(unwritable());
    expect(await kernel.value('const typed: number = 42;\ntyped')).toBe('42');
    expect((await kernel.fails('const wrong: number = ""')).traceback).toContain('TS2322');
  });

  test('may be taken away while the kernel runs: cells go on, also after a crash, and names are kept', async () => {
    const path = folder();
    writeFileSync(join(path, 'given.ts'), 'export const given: number = 6;\n');
    const kernel = await start(path);
    await kernel.ok("import { given } from './given.js';\nlet kept = given");
    rmSync(path, { recursive: true });
    expect(await kernel.value('kept += 1;\nkept')).toBe('7');
    expect((await kernel.fails('const wrong: number = ""')).traceback).toContain('TS2322');
    // What needs the folder says so.
    expect((await kernel.fails("import { given as again } from './given.js';\nagain")).traceback).toMatch(
      /given/,
    );
    expect(await kernel.value('"next"')).toBe("'next'");
  });

  test('may be taken away before the process that runs cells has to be started again', async () => {
    const path = folder();
    const kernel = await start(path);
    await kernel.ok('let lost = 1');
    rmSync(path, { recursive: true });
    const run = await kernel.fails('process.kill(process.pid, "SIGKILL");\nawait new Promise(() => {})');
    expect(run.reply.evalue).toMatch(/killed/);
    expect(await kernel.value('const typed: number = 3;\ntyped')).toBe('3');
  });
});

describe('the temporary folder', () => {
  test('that is missing or cannot be written to ends the kernel with one sentence', async () => {
    await refuses({ TMPDIR: '/nonexistent/place' }, /^typescript-kernel: .*\/nonexistent\/place.*TMPDIR/);
    await refuses({ TMPDIR: unwritable() }, /^typescript-kernel: .*TMPDIR/);
  });

  test('may be cleared while the kernel runs: the next cell is checked or says what to do', async () => {
    const scratch = folder();
    const kernel = await start(folder(), { TMPDIR: scratch });
    await kernel.ok('const typed: number = 1');
    // The kernel may just be writing there what it left for after the answer.
    rmSync(scratch, { recursive: true, maxRetries: 10 });
    mkdirSync(scratch);
    // A name that a cell before it declared may no longer be known to the checker, but nothing runs unchecked.
    const run = await kernel.execute('console.log("ran");\nconst wrong: number = ""', {
      stop_on_error: false,
    });
    expect(run.status).toBe('error');
    expect(run.stdout).toBe('');
    expect((await kernel.request('kernel_info_request')).status).toBe('ok');
  });
});

describe('the home folder', () => {
  test('may be missing', async () => {
    const kernel = await start(folder(), {
      HOME: '/nonexistent/home',
      JUPYTER_DATA_DIR: '',
      XDG_DATA_HOME: '',
    });
    expect(await kernel.value('40 + 2')).toBe('42');
  });

  test('may be unknown', async () => {
    const spec = {
      ...kernelSpec(),
      argv: ['/usr/bin/env', '-u', 'HOME', '-u', 'JUPYTER_DATA_DIR', ...kernelSpec().argv],
    };
    const kernel = await KernelClient.start(spec, { cwd: folder() });
    open.push(kernel);
    expect(await kernel.value('40 + 2')).toBe('42');
  });

  test('may be one in which nothing can be made', async () => {
    const kernel = await start(folder(), { HOME: unwritable(), JUPYTER_DATA_DIR: '', XDG_DATA_HOME: '' });
    expect(await kernel.value('40 + 2')).toBe('42');
  });
});

describe('the history file', () => {
  async function historyOf(data: string): Promise<string[]> {
    const kernel = await start(folder(), { JUPYTER_DATA_DIR: data });
    await kernel.ok('"remembered"');
    const asked = { hist_access_type: 'tail', n: 1, output: false, raw: true };
    const { reply } = await kernel.request('history_request', asked);
    return reply.history.map((entry: [number, number, string]) => entry[2]);
  }

  test('on a full disk costs no cell, and the session is remembered all the same', async () => {
    if (!existsSync('/dev/full')) return;
    const data = folder();
    mkdirSync(join(data, 'typescript-kernel'));
    symlinkSync('/dev/full', join(data, 'typescript-kernel/history.jsonl'));
    expect(await historyOf(data)).toEqual(['"remembered"']);
  });

  test('that is a folder costs no cell', async () => {
    const data = folder();
    mkdirSync(join(data, 'typescript-kernel/history.jsonl'), { recursive: true });
    expect(await historyOf(data)).toEqual(['"remembered"']);
  });

  test('that holds nonsense, cut-off lines and bytes that are no text is read as far as it goes', async () => {
    const data = folder();
    mkdirSync(join(data, 'typescript-kernel'));
    const file = join(data, 'typescript-kernel/history.jsonl');
    const lines = [
      'nonsense',
      'null',
      '5',
      '[]',
      '{"session":1,"line":1,"input":"old"}',
      '{"session":"x","input":3}',
      '{"session":1e999,"line":1,"input":"odd"}',
    ];
    writeFileSync(
      file,
      Buffer.concat([Buffer.from([0xff, 0, 0xfe, 10]), Buffer.from(`${lines.join('\n')}\n{"session":2,"li`)]),
    );
    expect(await historyOf(data)).toEqual(['"remembered"']);
    expect(readFileSync(file, 'latin1')).toContain('remembered');
    // The next kernel finds it, although it was written behind a line that had been cut off.
    const next = await start(folder(), { JUPYTER_DATA_DIR: data });
    const asked = { hist_access_type: 'tail', n: 10, output: false, raw: true };
    const { reply } = await next.request('history_request', asked);
    const inputs = reply.history.map((entry: [number, number, string]) => entry[2]);
    expect(inputs).toContain('old');
    expect(inputs).toContain('"remembered"');
  });
});

test('folders that a killed kernel left are removed by the next one, and no others', async () => {
  const scratch = folder();
  const kernel = await startKernel({ cwd: folder(), env: { TMPDIR: scratch } });
  await kernel.ok('1');
  kernel.kernel.process.kill('SIGKILL');
  await kernel.exit();
  kernel.destroy();
  const foreign = mkdtempSync(join(scratch, 'somebody-else-'));
  const living = await start(folder(), { TMPDIR: scratch });
  await living.ok('1');
  const second = await start(folder(), { TMPDIR: scratch });
  await second.ok('1');
  expect(existsSync(foreign)).toBe(true);
  expect(await living.value('const typed: number = 2;\ntyped')).toBe('2');
  for (const each of open.splice(0)) await each.close();
  expect(readdirSync(scratch)).toEqual([foreign.slice(scratch.length + 1)]);
});
