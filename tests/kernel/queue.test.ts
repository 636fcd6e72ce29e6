import { expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

test('cells that were queued behind an error are aborted and not run', async () => {
  const { kernel } = fixture;
  const failing = kernel.startCell(
    'await new Promise((r) => setTimeout(r, 20));\nthrow new Error("stop here")',
  );
  const queued = [kernel.startCell('console.log("one")'), kernel.startCell('console.log("two")')];
  for (const run of [failing, ...queued]) await kernel.finish(run);
  expect(failing.status).toBe('error');
  for (const run of queued) {
    expect(run.status).toBe('aborted');
    expect(run.stdout).toBe('');
    expect(run.of('execute_input')).toEqual([]);
  }
});

test("a cell that is sent as soon as the error's reply is here is run", async () => {
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

test('a cell with a type error aborts what is queued behind it too', async () => {
  const { kernel } = fixture;
  const failing = kernel.startCell('const wrong: number = "text"');
  const queued = kernel.startCell('console.log("not run")');
  await kernel.finish(failing);
  await kernel.finish(queued);
  expect([failing.status, queued.status]).toEqual(['error', 'aborted']);
});

test('with stop_on_error false the queued cells run', async () => {
  const { kernel } = fixture;
  const failing = kernel.startCell('throw new Error("go on")', { stop_on_error: false });
  const queued = kernel.startCell('"still run"');
  await kernel.finish(failing);
  await kernel.finish(queued);
  expect([failing.status, queued.status]).toEqual(['error', 'ok']);
});

test('other requests that were queued behind an error are answered', async () => {
  const { kernel } = fixture;
  const failing = kernel.startCell('await new Promise((r) => setTimeout(r, 20));\nthrow new Error("stop")');
  const info = kernel.start('kernel_info_request', {});
  await kernel.finish(failing);
  await kernel.finish(info);
  expect(info.status).toBe('ok');
});

test('an aborted cell is not counted', async () => {
  const { kernel } = fixture;
  const failing = kernel.startCell('throw new Error("stop")');
  const queued = kernel.startCell('1');
  await kernel.finish(failing);
  await kernel.finish(queued);
  const next = await kernel.ok('2');
  expect(next.reply.execution_count).toBe(failing.reply.execution_count + 1);
});

test('cells are answered in the order in which they were sent', async () => {
  const { kernel } = fixture;
  const runs = [
    kernel.startCell('await new Promise((r) => setTimeout(r, 30)); "slow"'),
    kernel.startCell('"quick"'),
    kernel.startCell('await null; "quick too"'),
  ];
  for (const run of runs) await kernel.finish(run);
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
  await kernel.interrupt();
  await kernel.finish(running);
});
