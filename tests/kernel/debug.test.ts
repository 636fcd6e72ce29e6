import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import type { Json } from './message.js';

const fixture = useKernel();
let sequence = 0;

/** One request of the Debug Adapter Protocol. */
async function ask(command: string, args: Json = {}): Promise<Json> {
  sequence++;
  const content = { type: 'request', seq: sequence, command, arguments: args };
  const { reply } = await fixture.kernel.request('debug_request', content, 'control');
  expect(reply).toMatchObject({ type: 'response', request_seq: sequence, command });
  if (!reply.success) throw new Error(reply.message);
  return reply.body;
}

async function setBreakpoints(code: string, lines: number[]): Promise<Json> {
  const { sourcePath } = await ask('dumpCell', { code });
  const breakpoints = lines.map((line) => ({ line }));
  return ask('setBreakpoints', { source: { path: sourcePath }, breakpoints, sourceModified: false });
}

/** Does something and waits for the event that follows. */
async function event(name: string, act: () => unknown): Promise<Json> {
  const coming = fixture.kernel.next(
    ({ header, content }) => header.msg_type === 'debug_event' && content.event === name,
    `the debug event ${name}`,
  );
  await act();
  return (await coming).content.body;
}

const stopped = (act: () => unknown): Promise<Json> => event('stopped', act);

async function lines(): Promise<number[]> {
  return (await ask('stackTrace', { threadId: 1 })).stackFrames.map((frame: Json) => frame.line);
}

async function variables(scope: string): Promise<Record<string, string>> {
  const { scopes } = await ask('scopes', { frameId: 0 });
  const found = scopes.find(({ name }: Json) => name === scope);
  const list = (await ask('variables', { variablesReference: found.variablesReference })).variables;
  return Object.fromEntries(list.map(({ name, value }: Json) => [name, value]));
}

async function attach(): Promise<void> {
  await ask('initialize', {});
  await ask('attach', {});
}

const CELL = `interface Erased {
  a: number;
}
// a comment line
let total = 0;
for (let i = 0; i < 2; i++) {
  total += doubled(i + 1);
}
total`;

describe('the debugger', () => {
  test('is offered by kernel_info and describes itself', async () => {
    expect((await fixture.kernel.request('kernel_info_request')).reply.debugger).toBe(true);
    const info = await ask('debugInfo');
    expect(info).toMatchObject({
      isStarted: false,
      hashMethod: 'Murmur2',
      breakpoints: [],
      stoppedThreads: [],
    });
    await attach();
    expect(await ask('debugInfo')).toMatchObject({ isStarted: true });
  });

  test('names a cell by the hash that JupyterLab computes', async () => {
    const { tmpFilePrefix, tmpFileSuffix, hashSeed } = await ask('debugInfo');
    const { sourcePath } = await ask('dumpCell', { code: 'const größe = "é😀";' });
    expect(sourcePath).toBe(`${tmpFilePrefix}${murmur2('const größe = "é😀";', hashSeed)}${tmpFileSuffix}`);
    const { content } = await ask('source', { source: { path: sourcePath } });
    expect(content).toBe('const größe = "é😀";');
  });

  test('stops at a TypeScript line and shows the names of this and of other cells', async () => {
    await fixture.kernel.ok(
      'const step = 2;\nfunction doubled(x: number): number {\n  const y = x * step;\n  return y;\n}',
    );
    await attach();
    await setBreakpoints(CELL, [7]);
    const run = fixture.kernel.startCell(CELL);
    expect(await stopped(() => undefined)).toMatchObject({ reason: 'breakpoint', threadId: 1 });
    expect(await lines()).toEqual([7]);
    expect(await variables('Locals')).toEqual({ i: '0' });
    expect(await variables('Cells')).toMatchObject({ total: '0', step: '2' });
    expect((await ask('evaluate', { expression: 'total + step + i + 1', frameId: 0 })).result).toBe('3');

    await stopped(() => ask('stepIn'));
    expect(await lines()).toEqual([3, 7]);
    await stopped(() => ask('next'));
    expect(await lines()).toEqual([4, 7]);
    expect(await variables('Locals')).toEqual({ x: '1', y: '2' });
    await stopped(() => ask('continue'));
    expect(await variables('Cells')).toMatchObject({ total: '2' });
    await setBreakpoints(CELL, []);
    await event('continued', () => ask('continue'));
    await fixture.kernel.finish(run);
    expect(run.text).toBe('6');
  });

  test('moves a breakpoint on a line without code to the next one', async () => {
    await attach();
    const code = 'type Gone = number;\n\nconst here: Gone = 1;\nhere';
    await fixture.kernel.ok(code);
    expect((await setBreakpoints(code, [1])).breakpoints).toMatchObject([{ line: 3, verified: true }]);
    await setBreakpoints(code, []);
  });

  test('stops in a local file that a cell imports', async () => {
    fixture.write({
      'stepped.ts': 'type T = number;\nexport function half(x: T): T {\n  const h = x / 2;\n  return h;\n}\n',
    });
    await attach();
    const path = `${fixture.folder}/stepped.ts`;
    await ask('setBreakpoints', { source: { path }, breakpoints: [{ line: 4 }] });
    const run = fixture.kernel.startCell('import { half } from "./stepped.js";\nhalf(8)');
    await stopped(() => undefined);
    const [frame] = (await ask('stackTrace')).stackFrames;
    expect(frame).toMatchObject({ line: 4, source: { path } });
    expect(await variables('Locals')).toEqual({ x: '8', h: '4' });
    await ask('setBreakpoints', { source: { path }, breakpoints: [] });
    await ask('continue');
    await fixture.kernel.finish(run);
    expect(run.text).toBe('4');
  });

  test('stops where an error is thrown, when asked to', async () => {
    await attach();
    await ask('setExceptionBreakpoints', { filters: ['all'] });
    const run = fixture.kernel.startCell('const bad = 1;\nthrow new Error("no " + bad)');
    expect(await stopped(() => undefined)).toMatchObject({ reason: 'exception' });
    expect(await lines()).toEqual([2]);
    await ask('setExceptionBreakpoints', { filters: [] });
    await ask('continue');
    await run.done();
    expect(run.reply.ename).toBe('Error');
  });

  test('lists the session while nothing runs, with values in full', async () => {
    await attach();
    await fixture.kernel.ok('const listed = { rate: 0.1, sizes: new Float64Array(3) };');
    const { variables: all } = await ask('inspectVariables');
    const listed = all.find(({ name }: Json) => name === 'listed');
    const { variables: inner } = await ask('variables', { variablesReference: listed.variablesReference });
    expect(inner).toMatchObject([
      { name: 'rate', value: '0.1', type: 'float' },
      { name: 'sizes', type: 'Float64Array(3)' },
    ]);
    const rich = await ask('richInspectVariables', { variableName: 'listed' });
    expect(rich.data['text/plain']).toContain('Float64Array(3) [ 0, 0, 0 ]');
  });

  test('a stop ends a cell that stands at a breakpoint', async () => {
    await attach();
    const code = 'let reached = false;\nreached = true;\nreached';
    await setBreakpoints(code, [2]);
    const run = fixture.kernel.startCell(code);
    await stopped(() => undefined);
    await fixture.kernel.interrupt();
    await run.done();
    expect(run.reply.ename).toBe('Interrupted');
    await setBreakpoints(code, []);
    expect(await fixture.kernel.value('reached')).toBe('false');
  });

  test('leaves no trace once it is disconnected', async () => {
    await attach();
    await setBreakpoints('"not stopped"', [1]);
    await ask('disconnect');
    expect(await ask('debugInfo')).toMatchObject({ isStarted: false, breakpoints: [] });
    expect(await fixture.kernel.value('"not stopped"')).toBe("'not stopped'");
  });

  test('says in words what it does not know', async () => {
    await expect(ask('noSuchRequest')).rejects.toThrow('does not know the request noSuchRequest');
    await expect(ask('continue')).rejects.toThrow('not stopped');
  });
});

/** MurmurHash2 with the arithmetic that JupyterLab uses: products of 16-bit halves. */
function murmur2(text: string, seed: number): number {
  const m = 0x5bd1e995;
  const data = new TextEncoder().encode(text);
  const times = (k: number): number => ((k & 0xffff) * m + ((((k >>> 16) * m) & 0xffff) << 16)) | 0;
  let length = data.length;
  let h = seed ^ length;
  let i = 0;
  for (; length >= 4; length -= 4, i += 4) {
    let k = data[i] | (data[i + 1] << 8) | (data[i + 2] << 16) | (data[i + 3] << 24);
    k = times(k);
    k ^= k >>> 24;
    h = times(h) ^ times(k);
  }
  if (length === 3) h ^= data[i + 2] << 16;
  if (length >= 2) h ^= data[i + 1] << 8;
  if (length >= 1) h = times(h ^ data[i]);
  h = times(h ^ (h >>> 13));
  return (h ^ (h >>> 15)) >>> 0;
}
