import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ExecuteOptions } from './client.js';
import { useKernel } from './fixture.js';
import type { Run } from './run.js';

const fixture = useKernel();
let gates = 0;

/** Sends cells while another one runs, lets that one end only when the kernel has read them all, and waits for all. */
async function queue(...cells: (string | [string, ExecuteOptions])[]): Promise<Run[]> {
  const { kernel } = fixture;
  const name = `gate-${gates++}`;
  const file = JSON.stringify(join(fixture.folder, name));
  const gate = kernel.startCell(`
    console.log('waiting');
    const { existsSync: isOpen } = await import('node:fs');
    while (!isOpen(${file})) await new Promise((again) => setTimeout(again, 2));`);
  await gate.printed('waiting');
  const runs = cells.map((cell) =>
    typeof cell === 'string' ? kernel.startCell(cell) : kernel.startCell(...cell),
  );
  // Messages of a channel are read in order, so its answer says that the cells before it have been read.
  await kernel.request('is_complete_request', { code: '1' });
  fixture.write({ [name]: '' });
  await kernel.finish(gate);
  for (const run of runs) await kernel.finish(run);
  return runs;
}

const statuses = (runs: Run[]) => runs.map((run) => run.status);

test('cells that were queued behind an error are aborted and not run', async () => {
  const [failing, ...queued] = await queue(
    'throw new Error("stop here")',
    'console.log("one")',
    'console.log("two")',
  );
  expect(failing.status).toBe('error');
  for (const run of queued) {
    expect(run.status).toBe('aborted');
    expect(run.stdout).toBe('');
    expect(run.of('execute_input')).toEqual([]);
  }
});

test('a cell with a type error aborts what is queued behind it too', async () => {
  const runs = await queue('const wrong: number = "text"', 'console.log("not run")');
  expect(statuses(runs)).toEqual(['error', 'aborted']);
});

test('with stop_on_error false the queued cells run', async () => {
  const runs = await queue(['throw new Error("go on")', { stop_on_error: false }], '"still run"');
  expect(statuses(runs)).toEqual(['error', 'ok']);
});

test('an aborted cell is not counted', async () => {
  const [failing, dropped] = await queue('throw new Error("stop")', '1');
  expect(dropped.reply).toEqual({ status: 'aborted' });
  const next = await fixture.kernel.ok('2');
  expect(next.reply.execution_count).toBe(failing.reply.execution_count + 1);
});

test('a cell that is sent as soon as the error is replied is run', async () => {
  const { kernel } = fixture;
  for (let round = 0; round < 20; round++) {
    const failing = kernel.startCell('throw new Error("stop")');
    await failing.until((message) => message.channel === 'shell', 'reply');
    const next = await kernel.execute(`${round}`);
    expect(next.status).toBe('ok');
    expect(next.text).toBe(String(round));
    await kernel.finish(failing);
  }
});

test('other requests that were sent behind a failing cell are answered', async () => {
  const { kernel } = fixture;
  const failing = kernel.startCell('await null;\nthrow new Error("stop")');
  const info = kernel.start('kernel_info_request', {});
  await kernel.finish(failing);
  await kernel.finish(info);
  expect(info.reply.status).toBe('ok');
});

test('cells are answered in the order in which they were sent', async () => {
  const runs = await queue(
    'await new Promise((r) => setTimeout(r, 30)); "slow"',
    '"quick"',
    'await null; "quick too"',
  );
  const times = runs.map((run) => run.replyMessage?.receivedAt ?? 0);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('completion is answered while a cell runs, without waiting for it', async () => {
  const { kernel } = fixture;
  await kernel.ok('const completable = { alpha: 1, beta: 2 }');
  const running = kernel.startCell('console.log("running");\nawait new Promise(() => {});');
  await running.printed('running');
  const complete = await kernel.request('complete_request', { code: 'completable.', cursor_pos: 12 });
  expect(complete.reply.matches).toContain('alpha');
  expect(running.replyMessage).toBeUndefined();
  await kernel.interrupt();
  await kernel.finish(running);
});
