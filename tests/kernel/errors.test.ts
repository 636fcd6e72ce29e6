import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { plain } from './message.js';
import { INTERNAL, namesCell, namesLine } from './places.js';

const fixture = useKernel();

describe('a cell that throws', () => {
  test('replies and publishes the same name, message and traceback', async () => {
    const run = await fixture.kernel.fails('throw new RangeError("epsilon must be positive")');
    const { ename, evalue, traceback } = run.reply;
    expect({ ename, evalue }).toEqual({ ename: 'RangeError', evalue: 'epsilon must be positive' });
    expect(run.of('error')).toHaveLength(1);
    expect(run.of('error')[0].content).toEqual({ ename, evalue, traceback });
    expect(plain(traceback)).toContain('RangeError: epsilon must be positive');
  });

  test('names the cell and the TypeScript line', async () => {
    const run = await fixture.kernel.fails(
      'interface Erased {\n  a: number;\n}\ntype Also = Erased;\nthrow new Error("line five");',
    );
    expect(namesLine(run, 5)).toBe(true);
  });

  test('names the cells and lines of every function on the way', async () => {
    const first = await fixture.kernel.ok(
      '// one comment\nfunction deepest(): never {\n  throw new Error("deep");\n}',
    );
    const second = await fixture.kernel.ok('type T = number;\n\nconst middle = () => deepest();');
    const run = await fixture.kernel.fails('\nmiddle();');
    expect(namesCell(run.traceback, first.reply.execution_count, 3)).toBe(true);
    expect(namesCell(run.traceback, second.reply.execution_count, 3)).toBe(true);
    expect(namesLine(run, 2)).toBe(true);
    expect(run.traceback).toContain('deepest');
    expect(run.traceback).toContain('middle');
  });

  test('names the line where an old function stood when it was made, after its cell ran again', async () => {
    await fixture.kernel.ok('function keeps(): never { throw new Error("kept") }\nconst kept = keeps;');
    await fixture.kernel.ok('\n\nfunction keeps(): never { throw new Error("newer") }');
    const run = await fixture.kernel.fails('kept()');
    expect(run.reply.evalue).toBe('kept');
  });

  test('shows no line of the kernel or of node', async () => {
    await fixture.kernel.ok('async function later() { await null; throw new Error("async") }');
    for (const code of [
      'await later()',
      'JSON.parse("{")',
      '[1].map(() => { throw new Error("x") })',
      'null!.a',
    ]) {
      const run = await fixture.kernel.fails(code.replace('null!', '(null as any)'));
      expect(run.traceback, code).not.toMatch(INTERNAL);
    }
  });

  test('shows what a library said when a builtin throws', async () => {
    const run = await fixture.kernel.fails('const parsed: unknown =\n  JSON.parse("{ not json");');
    expect(run.reply.ename).toBe('SyntaxError');
    expect(namesLine(run, 2)).toBe(true);
  });

  test('shows the cause of an error', async () => {
    const run = await fixture.kernel.fails(
      'try { throw new TypeError("the root") } catch (cause) { throw new Error("the outside", { cause }) }',
    );
    expect(run.traceback).toContain('the outside');
    expect(run.traceback).toContain('the root');
  });

  test('shows every error of an aggregate', async () => {
    const run = await fixture.kernel.fails(
      'await Promise.any([Promise.reject(new Error("east")), Promise.reject(new Error("west"))])',
    );
    expect(run.reply.ename).toBe('AggregateError');
    expect(run.traceback).toContain('east');
    expect(run.traceback).toContain('west');
  });

  test.each([
    ['a string', 'throw "just text"', 'just text'],
    ['a number', 'throw 42', '42'],
    ['null', 'throw null', 'null'],
    ['undefined', 'throw undefined', 'undefined'],
    ['an object', 'throw { code: 7 }', '7'],
    ['a symbol', 'throw Symbol("mark")', 'mark'],
  ])('reports %s that was thrown', async (_what, code, expected) => {
    const run = await fixture.kernel.fails(code);
    expect(run.reply.ename.length).toBeGreaterThan(0);
    expect(run.traceback + run.reply.evalue).toContain(expected);
  });

  test.each([
    [
      'an error whose message throws',
      'throw Object.defineProperty(new Error("x"), "message", { get() { throw 1 } })',
    ],
    [
      'an error whose stack throws',
      'throw Object.defineProperty(new Error("x"), "stack", { get() { throw 1 } })',
    ],
    ['an error whose stack is a number', 'throw Object.assign(new Error("odd"), { stack: 5 })'],
    ['an error whose name is an object', 'throw Object.assign(new Error("odd"), { name: {} })'],
    ['an error that is its own cause', 'const own: any = new Error("own"); own.cause = own; throw own'],
    [
      'a proxy',
      'throw new Proxy(new Error("x"), { get() { throw new Error("trap") }, getPrototypeOf() { throw 2 } })',
    ],
    ['an object without a prototype', 'throw Object.create(null)'],
  ])('survives %s', async (_what, code) => {
    const run = await fixture.kernel.fails(code);
    expect(run.reply.traceback.length).toBeGreaterThan(0);
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });

  test('survives a recursion without end', async () => {
    const run = await fixture.kernel.fails('const forever = (): number => 1 + forever();\nforever();');
    expect(run.reply.ename).toBe('RangeError');
    expect(run.reply.evalue).toContain('Maximum call stack size exceeded');
    expect(run.traceback.length).toBeLessThan(20_000);
  });

  test('survives a prepareStackTrace of the student', async () => {
    await fixture.kernel.ok(
      'const keptTrace = Error.prepareStackTrace;\nError.prepareStackTrace = () => { throw new Error("no traces for you") }',
    );
    const run = await fixture.kernel.fails('throw new Error("still told")');
    expect(run.reply.evalue).toBe('still told');
    await fixture.kernel.ok('(Error as any).prepareStackTrace = keptTrace');
  });

  test('an error.stack that the student reads speaks of TypeScript lines too', async () => {
    const run = await fixture.kernel.ok(
      'interface Gone {\n  a: 1;\n}\nconst trace = new Error("mine").stack ?? "";\nconsole.log(trace)',
    );
    expect(namesCell(run.stdout, run.reply.execution_count, 4)).toBe(true);
  });
});

describe('an error that nobody awaits', () => {
  test('in a timer is reported under its cell and the kernel goes on', async () => {
    const run = await fixture.kernel.ok('setTimeout(() => { throw new Error("from a timer") }, 5); "set"');
    const shown = await run.until(
      ({ header, content }) =>
        (header.msg_type === 'error' && content.evalue.includes('from a timer')) ||
        (header.msg_type === 'stream' && content.text.includes('from a timer')),
      'report of the error in the timer',
    );
    expect(shown.parent_header.msg_id).toBe(run.header.msg_id);
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });

  test('in a promise is reported under its cell and the kernel goes on', async () => {
    const run = await fixture.kernel.ok('void Promise.reject(new Error("unhandled one")); "made"');
    const shown = await run.until(
      ({ content }) => JSON.stringify(content).includes('unhandled one') && !content.code,
      'report',
    );
    expect(shown.parent_header.msg_id).toBe(run.header.msg_id);
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });

  test('but that a later cell does await is its error, without a warning of node', async () => {
    await fixture.kernel.ok('const failing = Promise.reject(new Error("awaited later"))');
    const run = await fixture.kernel.fails('await new Promise((r) => setImmediate(r));\nawait failing');
    expect(run.reply.evalue).toBe('awaited later');
    expect(run.stderr).toBe('');
  });

  test('in an event emitter is reported and the kernel goes on', async () => {
    const run = await fixture.kernel.ok(`
      import { EventEmitter } from 'node:events';
      setImmediate(() => new EventEmitter().emit('error', new Error('emitted')));
      'made'`);
    await run.until(({ content }) => JSON.stringify(content).includes('emitted') && !content.code, 'report');
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });

  test('that comes as a stream does not end the kernel', async () => {
    const run = await fixture.kernel.ok(`
      const every = setInterval(() => { throw new Error('again and again') }, 1);
      setTimeout(() => clearInterval(every), 50);
      'made'`);
    await run.until(
      ({ content }) => JSON.stringify(content).includes('again and again') && !content.code,
      'report',
    );
    expect(await fixture.kernel.value('"alive"')).toContain('alive');
  });
});

test('a function without a name has no name of the kernel in a stack', async () => {
  const run = await fixture.kernel.fails(
    'const late = async (body: () => unknown) => body();\nawait late(() => { throw new Error("unnamed"); });',
  );
  expect(run.traceback).toContain('Cell [');
  expect(run.traceback).not.toContain('cell$$');
});
