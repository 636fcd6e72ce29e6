import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kernelSpec, useKernel } from './fixture.js';
import { encode, newHeader } from './message.js';
import { Sockets } from './sockets.js';

describe('the kernelspec', () => {
  test('speaks of TypeScript and asks for interrupts as messages', () => {
    const spec = kernelSpec();
    expect(spec.language).toBe('typescript');
    expect(spec.interrupt_mode).toBe('message');
    expect(spec.argv).toContain('{connection_file}');
    expect(spec.display_name).toMatch(/TypeScript/);
  });
});

describe('the messages of a kernel', () => {
  const fixture = useKernel();

  test('kernel_info describes TypeScript so that JupyterLab highlights it as TypeScript', async () => {
    const { reply } = await fixture.kernel.request('kernel_info_request');
    expect(reply.status).toBe('ok');
    expect(reply.language_info).toMatchObject({
      name: 'typescript',
      file_extension: '.ts',
      mimetype: 'text/typescript',
    });
    // With one, JupyterLab 4 looks up the CodeMirror mode of that name and finds JavaScript.
    expect(reply.language_info).not.toHaveProperty('codemirror_mode');
    expect(reply.protocol_version).toBe('5.5');
    expect(reply.supported_features.sort()).toEqual(['debugger', 'kernel subshells']);
    const control = await fixture.kernel.request('kernel_info_request', {}, 'control');
    expect(control.reply).toEqual(reply);
  });

  test('the first of them on iopub welcomes each client that subscribes', async () => {
    const welcomes = () => fixture.kernel.unasked.filter(({ header }) => header.msg_type === 'iopub_welcome');
    expect(welcomes().map(({ content }) => content.subscription)).toEqual(['']);
    const second = new Sockets(
      fixture.kernel.kernel.connection,
      () => {},
      () => {},
    );
    try {
      // It went to all that listen to its topic, and so to this client too.
      await fixture.kernel.next(({ header }) => header.msg_type === 'iopub_welcome', 'second welcome');
    } finally {
      second.close();
    }
  });

  test('connect_request tells the ports', async () => {
    const { reply } = await fixture.kernel.request('connect_request');
    const { shell_port, iopub_port, stdin_port, control_port, hb_port } = fixture.kernel.kernel.connection;
    expect(reply).toEqual({ status: 'ok', shell_port, iopub_port, stdin_port, control_port, hb_port });
  });

  test('a silent cell that fails is answered with its error and drops no cell of the user', async () => {
    const failing = fixture.kernel.startCell('throw new Error("quietly")', { silent: true });
    const next = fixture.kernel.startCell('"goes on"');
    await fixture.kernel.finish(next);
    expect(failing.reply.evalue).toBe('quietly');
    expect(failing.of('error')).toEqual([]);
    expect(next.text).toBe("'goes on'");
  });

  test('execute_input repeats the code and counts the cells', async () => {
    const first = await fixture.kernel.ok('1');
    const second = await fixture.kernel.ok('2 // the second');
    const [input] = second.of('execute_input');
    expect(input.content.code).toBe('2 // the second');
    expect(input.content.execution_count).toBe(first.reply.execution_count + 1);
    expect(second.reply.execution_count).toBe(first.reply.execution_count + 1);
  });

  test('a failed cell is counted too', async () => {
    const before = await fixture.kernel.ok('1');
    const failed = await fixture.kernel.fails('throw new Error("counted")');
    expect(failed.reply.execution_count).toBe(before.reply.execution_count + 1);
  });

  test('an empty cell succeeds and shows nothing', async () => {
    const run = await fixture.kernel.ok('  \n');
    expect(run.iopub.map((message) => message.header.msg_type)).toEqual([
      'status',
      'execute_input',
      'status',
    ]);
  });

  test('a cell of comments succeeds and shows nothing', async () => {
    const run = await fixture.kernel.ok('// nothing\n/* at all */');
    expect(run.result).toBeUndefined();
  });

  test('a silent cell runs, sends no input and no result, and is not counted', async () => {
    const before = await fixture.kernel.ok('let quiet = 1');
    const silent = await fixture.kernel.execute('quiet = 2; quiet', { silent: true, store_history: false });
    expect(silent.status).toBe('ok');
    expect(silent.of('execute_input')).toEqual([]);
    expect(silent.result).toBeUndefined();
    const after = await fixture.kernel.ok('quiet');
    expect(after.text).toBe('2');
    expect(after.reply.execution_count).toBe(before.reply.execution_count + 1);
  });

  test('every cell is answered when many are sent at once', async () => {
    const runs = Array.from({ length: 100 }, (_, index) => fixture.kernel.startCell(`${index} + 1`));
    for (const run of runs) await fixture.kernel.finish(run);
    expect(runs.map((run) => run.text)).toEqual(runs.map((_, index) => String(index + 1)));
  });

  test('a request whose signature is wrong is dropped', async () => {
    const header = newHeader('execute_request', fixture.kernel.session);
    const content = { code: 'var forged = 1', silent: false, store_history: true, allow_stdin: false };
    fixture.kernel.sendFrames('shell', encode('the wrong key', header, content));
    const run = await fixture.kernel.ok('typeof globalThis');
    expect(run.text).toContain('object');
    expect(
      fixture.kernel.unasked.filter(({ parent_header }) => parent_header.msg_id === header.msg_id),
    ).toEqual([]);
    expect((await fixture.kernel.fails('forged')).traceback).toContain('forged');
  });

  test('frames that are no message are dropped', async () => {
    fixture.kernel.sendFrames('shell', [Buffer.from('hello')]);
    fixture.kernel.sendFrames('control', [Buffer.from('<IDS|MSG>'), Buffer.from('x')]);
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });

  test('an unknown message type gets busy and idle and no reply', async () => {
    const run = fixture.kernel.start('no_such_request', {}, { reply: false });
    await fixture.kernel.finish(run);
    expect(run.replyMessage).toBeUndefined();
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });

  test('an execute_request without code is answered and not met with silence', async () => {
    const run = fixture.kernel.start('execute_request', { silent: false });
    await run.done();
    expect(['ok', 'error']).toContain(run.reply.status);
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });

  test('comm_info, history and connect-style questions have answers', async () => {
    const comms = await fixture.kernel.request('comm_info_request', {});
    expect(comms.reply).toEqual({ status: 'ok', comms: {} });
    await fixture.kernel.ok('"remember me"');
    const asked = { hist_access_type: 'tail', n: 1, output: false, raw: true };
    const history = await fixture.kernel.request('history_request', asked);
    expect(history.reply.history.at(-1)[2]).toBe('"remember me"');
  });

  test('a comm to an unknown target is closed', async () => {
    const run = fixture.kernel.start(
      'comm_open',
      { comm_id: 'c1', target_name: 'nobody', data: {} },
      { reply: false },
    );
    await fixture.kernel.finish(run);
    expect(run.of('comm_close').map((message) => message.content.comm_id)).toEqual(['c1']);
  });

  test('the heartbeat echoes', async () => {
    expect(await fixture.kernel.heartbeat()).toBe('beat');
  });

  test('heartbeat and control answer while a cell is busy', async () => {
    const release = join(fixture.folder, 'control-answered');
    const run = fixture.kernel.startCell(`
      import { existsSync } from 'node:fs';
      console.log('busy');
      const giveUp = Date.now() + 15000;
      while (!existsSync(${JSON.stringify(release)}) && Date.now() < giveUp) {}
      console.log(existsSync(${JSON.stringify(release)}) ? 'released' : 'gave up');`);
    await run.printed('busy');
    expect(await fixture.kernel.heartbeat()).toBe('beat');
    const info = await fixture.kernel.request('kernel_info_request', {}, 'control');
    expect(info.reply.language_info.name).toBe('typescript');
    expect(run.replyMessage).toBeUndefined();
    fixture.write({ 'control-answered': '' });
    await fixture.kernel.finish(run);
    expect(run.stdout).toContain('released');
  });
});
