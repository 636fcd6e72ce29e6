import { rmSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { KernelClient } from './client.js';
import { makeFolder, startKernel } from './fixture.js';
import { alive, descendants } from './processes.js';
import { disposeAsVsCode, launchAsVsCode } from './vscode.js';

const folder = makeFolder('outside');
let kernel: KernelClient;

async function start(): Promise<KernelClient> {
  kernel = await startKernel({ cwd: folder, launcher: launchAsVsCode });
  return kernel;
}

afterEach(() => kernel.destroy());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('kernel_info on shell and control at once, again and again, is answered each time', async () => {
  await start();
  const asked = Array.from({ length: 3 }, () => [
    kernel.start('kernel_info_request', {}, { channel: 'control' }),
    kernel.start('kernel_info_request'),
  ]).flat();
  for (const run of asked) {
    await kernel.finish(run);
    expect(run.reply.language_info.name).toBe('typescript');
  }
});

test('set-up code, silent and without history, shows nothing, counts nothing and leaves its names', async () => {
  await start();
  const silent = { silent: true, store_history: false, stop_on_error: false };
  const setup = await kernel.execute('const workspace: string = "here"; workspace', silent);
  expect(setup.status).toBe('ok');
  expect(setup.iopub.map(({ header }) => header.msg_type)).toEqual(['status', 'status']);
  const broken = kernel.startCell('workspace.missing', silent);
  const next = kernel.startCell('workspace.length');
  await broken.done();
  expect(broken.status).toBe('error');
  await kernel.finish(next);
  expect(next.text).toBe('4');
  expect(next.reply.execution_count).toBe(1);
});

test("cells run in the notebook's folder, and print nothing into the extension's log", async () => {
  await start();
  const run = await kernel.ok('console.log("printed"); process.cwd()');
  expect(run.text).toContain(folder);
  expect(run.stdout).toBe('printed\n');
  expect(kernel.kernel.log()).toBe('');
});

test('Stop, as a message, ends a loop and keeps the names', async () => {
  await start();
  await kernel.ok('let kept = 1');
  const run = kernel.startCell('console.log("running"); for (;;) kept++;');
  await run.printed('running');
  await kernel.interrupt();
  await kernel.finish(run);
  expect(run.status).toBe('error');
  expect(await kernel.value('kept > 1')).toBe('true');
});

test('an input is asked for and answered', async () => {
  await start();
  kernel.onInput = () => 'Ada';
  expect(await kernel.value('await input("Name? ")')).toBe("'Ada'");
});

test('restart, which ends the children before the kernel, leaves no process', async () => {
  await start();
  await kernel.ok('1 + 1');
  const busy = kernel.startCell('console.log("running"); for (;;);');
  await busy.printed('running');
  const before = [kernel.kernel.process.pid as number, ...descendants(kernel.kernel.process.pid as number)];
  await disposeAsVsCode(kernel.kernel);
  await expect.poll(() => alive(before), { timeout: 5000 }).toEqual([]);
  kernel.destroy();
  await start();
  expect(await kernel.value('"again"')).toBe("'again'");
});
