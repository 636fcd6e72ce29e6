import { beforeEach, describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import type { Run } from './run.js';

const fixture = useKernel();

async function create(): Promise<string> {
  const { reply } = await fixture.kernel.request('create_subshell_request', {}, 'control');
  expect(reply.status).toBe('ok');
  return reply.subshell_id;
}

async function list(): Promise<string[]> {
  return (await fixture.kernel.request('list_subshell_request', {}, 'control')).reply.subshell_id;
}

function remove(subshell_id: string): Promise<Run> {
  return fixture.kernel.request('delete_subshell_request', { subshell_id }, 'control');
}

/** Starts a cell of the main shell that waits until `release()` is called in another; resolves once it waits. */
async function waiting(before = '', after = ''): Promise<Run> {
  const run = fixture.kernel.startCell(
    `${before}\nconsole.log('waiting');\nawait new Promise<void>((done) => { (globalThis as any).release = done; });\n${after}`,
  );
  await run.printed('waiting');
  return run;
}

const RELEASE = '(globalThis as any).release();';

describe('a subshell', () => {
  let subshell: string;
  beforeEach(async () => {
    for (const id of await list()) await remove(id);
    subshell = await create();
  });

  test('is announced, listed and deleted', async () => {
    const { reply } = await fixture.kernel.request('kernel_info_request');
    expect(reply.supported_features).toContain('kernel subshells');
    const other = await create();
    expect(other).not.toBe(subshell);
    expect((await list()).sort()).toEqual([subshell, other].sort());
    expect((await remove(other)).reply).toEqual({ status: 'ok' });
    expect(await list()).toEqual([subshell]);
  });

  test('that is not there answers each request with an error', async () => {
    const run = await fixture.kernel.execute('1', { subshell: 'nobody', silent: true });
    expect(run.reply).toMatchObject({ status: 'error', ename: 'UnknownSubshellError' });
    expect(run.reply.evalue).toContain('"nobody"');
    expect((await remove('nobody')).reply.status).toBe('error');
    const comm = fixture.kernel.start(
      'comm_msg',
      { comm_id: 'x', data: {} },
      { reply: false, subshell: 'nobody' },
    );
    await fixture.kernel.finish(comm);
    expect(comm.replyMessage).toBeUndefined();
  });

  test('runs a cell while a cell of the main shell waits', async () => {
    const main = await waiting('', '"main ended"');
    const beside = await fixture.kernel.execute('1 + 1', { subshell });
    expect(beside.text).toBe('2');
    expect(beside.replyMessage?.parent_header.subshell_id).toBe(subshell);
    expect(main.replyMessage).toBeUndefined();
    // Frontends show the last state they heard, and a cell still runs.
    expect(main.of('status').at(-1)?.content.execution_state).toBe('busy');
    await fixture.kernel.execute(RELEASE, { subshell });
    await fixture.kernel.finish(main);
    expect(main.text).toBe("'main ended'");
  });

  test('keeps the order of its own cells', async () => {
    const first = fixture.kernel.startCell('await new Promise((done) => setTimeout(done, 50)); "first"', {
      subshell,
    });
    const second = fixture.kernel.startCell('"second"', { subshell });
    await fixture.kernel.finish(second);
    expect(first.replyMessage).toBeDefined();
    expect(first.reply.execution_count).toBe(second.reply.execution_count - 1);
    await fixture.kernel.finish(first);
  });

  test('gives each cell its own output, also from what goes on beside it', async () => {
    const main = await waiting(
      '',
      'console.log("main again"); setTimeout(() => console.log("main late"), 20);',
    );
    const beside = await fixture.kernel.execute(
      `console.log('beside'); setTimeout(() => { console.log('late'); }, 20); ${RELEASE}`,
      { subshell },
    );
    await fixture.kernel.finish(main);
    await beside.printed('late');
    await main.printed('main late');
    expect(beside.stdout).toBe('beside\nlate\n');
    expect(main.stdout).toBe('waiting\nmain again\nmain late\n');
  });

  test('shares the names of the session, also those of a cell that still runs', async () => {
    const main = await waiting('let epoch = 41;\nconst bump = () => ++epoch;', 'const afterwards = epoch;');
    const beside = await fixture.kernel.execute('bump(); epoch', { subshell });
    expect(beside.text).toBe('42');
    const early = await fixture.kernel.execute('afterwards', { subshell });
    expect(early.reply.evalue).toContain("Cannot find name 'afterwards'");
    await fixture.kernel.execute(`epoch = 7; ${RELEASE}`, { subshell });
    await fixture.kernel.finish(main);
    expect(await fixture.kernel.value('afterwards')).toBe('7');
    const wrong = await fixture.kernel.execute('afterwards.length', { subshell });
    expect(wrong.traceback).toContain("Property 'length' does not exist on type 'number'");
  });

  test('may declare the same name as a cell that runs: the last declaration counts', async () => {
    await fixture.kernel.ok('let twice = 0');
    const main = await waiting('', 'let twice = "main";');
    const beside = await fixture.kernel.execute('let twice = [1]; twice[0]', { subshell });
    expect(beside.text).toBe('1');
    await fixture.kernel.execute(RELEASE, { subshell });
    await fixture.kernel.finish(main);
    expect(await fixture.kernel.value('twice.toUpperCase()')).toBe("'MAIN'");
  });

  test('keeps its declaration of a name when the other cell never reaches its own', async () => {
    const main = await waiting('', 'throw new Error("not reached");\nlet mine = "main";');
    await fixture.kernel.execute(`let mine = [5]; ${RELEASE}`, { subshell });
    await fixture.kernel.finish(main);
    expect(main.status).toBe('error');
    expect(await fixture.kernel.value('mine[0]')).toBe('5');
  });

  test('drops after an error what waits behind it, and nothing of the other shells', async () => {
    const main = await waiting();
    const behind = fixture.kernel.startCell('"main goes on"');
    const failing = fixture.kernel.startCell('throw new Error("beside")', { subshell });
    const dropped = fixture.kernel.startCell('"dropped"', { subshell });
    await fixture.kernel.finish(dropped);
    expect([failing.status, dropped.status]).toEqual(['error', 'aborted']);
    await fixture.kernel.execute(RELEASE, { subshell });
    await fixture.kernel.finish(main);
    await fixture.kernel.finish(behind);
    expect(behind.text).toBe("'main goes on'");
  });

  test('that is deleted drops what waits and lets its running cell end', async () => {
    const running = fixture.kernel.startCell(
      'console.log("on"); await new Promise<void>((done) => { (globalThis as any).release = done; }); "ended"',
      { subshell },
    );
    await running.printed('on');
    const dropped = fixture.kernel.startCell('"dropped"', { subshell });
    await fixture.kernel.value('"the other request has arrived"');
    await remove(subshell);
    await fixture.kernel.finish(dropped);
    expect(dropped.status).toBe('aborted');
    await fixture.kernel.ok(RELEASE);
    await fixture.kernel.finish(running);
    expect(running.text).toBe("'ended'");
  });

  test('waits for a loop of the main shell that lets nothing through, and is then answered', async () => {
    const main = fixture.kernel.startCell(
      'console.log("looping"); const until = Date.now() + 300; while (Date.now() < until) {} "looped"',
    );
    await main.printed('looping');
    const beside = fixture.kernel.startCell('"beside"', { subshell });
    await fixture.kernel.finish(beside);
    expect(beside.text).toBe("'beside'");
    await fixture.kernel.finish(main);
    expect(main.text).toBe("'looped'");
  });

  test('is stopped together with the main shell: in waits, in loops, and before it could start', async () => {
    const main = await waiting();
    const beside = fixture.kernel.startCell(
      'console.log("waiting too"); await new Promise(() => setInterval(() => {}, 1000))',
      { subshell },
    );
    await beside.printed('waiting too');
    await fixture.kernel.interrupt();
    for (const run of [main, beside]) {
      await fixture.kernel.finish(run);
      expect(run.reply.ename).toBe('Interrupted');
    }
    const loop = fixture.kernel.startCell('console.log("looping"); for (;;) {}');
    await loop.printed('looping');
    // It needs nothing of the loop to be checked, and cannot start before the loop ends.
    const queued = fixture.kernel.startCell('console.log("must not run")', { subshell });
    await queued.until(({ header }) => header.msg_type === 'execute_input');
    await fixture.kernel.interrupt();
    for (const run of [loop, queued]) {
      await fixture.kernel.finish(run);
      expect(run.reply.ename).toBe('Interrupted');
    }
    expect(queued.stdout).toBe('');
    expect(await fixture.kernel.value('"alive"')).toBe("'alive'");
    expect((await fixture.kernel.execute('"alive"', { subshell })).text).toBe("'alive'");
  });

  test('asks its own questions while another cell asks', async () => {
    fixture.kernel.onInput = (prompt) => `answer to ${prompt}`;
    try {
      const both = [
        fixture.kernel.startCell('await input("main")'),
        fixture.kernel.startCell('await input("beside")', { subshell }),
      ];
      for (const run of both) await fixture.kernel.finish(run);
      expect(both.map(({ text }) => text)).toEqual(["'answer to main'", "'answer to beside'"]);
    } finally {
      fixture.kernel.onInput = undefined;
    }
  });

  test('is ended with the others when the process that runs cells dies, and can be used again', async () => {
    const main = await waiting();
    const beside = await fixture.kernel.execute('process.abort()', { subshell });
    expect(beside.reply.ename).toBe('RunnerDied');
    await fixture.kernel.finish(main);
    expect(main.reply.ename).toBe('RunnerDied');
    expect((await fixture.kernel.execute('"again"', { subshell })).text).toBe("'again'");
  });

  test('process.exit() in it ends its cell and no other', async () => {
    const main = await waiting('', '"still here"');
    const beside = await fixture.kernel.execute('process.exit(3)', { subshell });
    expect(beside.reply.ename).toBe('ProcessExit');
    await fixture.kernel.execute(RELEASE, { subshell });
    await fixture.kernel.finish(main);
    expect(main.text).toBe("'still here'");
  });

  test('carries the messages of a comm while a cell waits', async () => {
    await fixture.kernel.ok('const moved = widgets.slider({ min: 0, max: 9 })');
    const { reply } = await fixture.kernel.request('comm_info_request', { target_name: 'jupyter.widget' });
    const comms = Object.keys(reply.comms);
    const main = await waiting('', 'moved.value');
    for (const comm_id of comms) {
      const data = { method: 'update', state: { value: 8 }, buffer_paths: [] };
      await fixture.kernel.finish(
        fixture.kernel.start('comm_msg', { comm_id, data }, { reply: false, subshell }),
      );
    }
    await fixture.kernel.execute(RELEASE, { subshell });
    await fixture.kernel.finish(main);
    expect(main.text).toBe('8');
  });
});
