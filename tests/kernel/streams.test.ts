import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

test('console.log goes to stdout and console.error to stderr', async () => {
  const run = await fixture.kernel.ok(
    'console.log("out"); console.error("err"); console.warn("warn"); console.info("info")',
  );
  expect(run.stdout).toBe('out\ninfo\n');
  expect(run.stderr).toBe('err\nwarn\n');
});

test('stdout and stderr keep the order in which they were written', async () => {
  const run = await fixture.kernel.ok(`
    for (let i = 0; i < 200; i++) {
      if (i % 3 === 0) console.error('line ' + i);
      else console.log('line ' + i);
    }`);
  const text = run.of('stream').map((message) => message.content.text);
  const numbers = text.join('').match(/\d+/g)?.map(Number);
  expect(numbers).toEqual(Array.from({ length: 200 }, (_, index) => index));
});

test('process.stdout.write and console.log keep their order, without added newlines', async () => {
  const run = await fixture.kernel.ok(`
    process.stdout.write('a'); console.log('b'); process.stdout.write('c\\n'); process.stderr.write('d')`);
  expect(run.stdout).toBe('ab\nc\n');
  expect(run.stderr).toBe('d');
});

test('output, displays and the result come in the order of the program', async () => {
  const run = await fixture.kernel.ok(`
    console.log('first');
    display('second');
    console.log('third');
    'fourth'`);
  const types = run.iopub.map((message) => message.header.msg_type);
  expect(types).toEqual([
    'status',
    'execute_input',
    'stream',
    'display_data',
    'stream',
    'execute_result',
    'status',
  ]);
});

test('output of a busy loop arrives while it still runs', async () => {
  const file = join(fixture.folder, 'seen');
  const run = fixture.kernel.startCell(`
    import { existsSync } from 'node:fs';
    console.log('started');
    const giveUp = Date.now() + 15000;
    while (!existsSync(${JSON.stringify(file)}) && Date.now() < giveUp) {}
    console.log(existsSync(${JSON.stringify(file)}) ? 'the reader answered' : 'nobody answered');`);
  await run.printed('started');
  expect(run.replyMessage).toBeUndefined();
  fixture.write({ seen: '' });
  await fixture.kernel.finish(run);
  expect(run.stdout).toBe('started\nthe reader answered\n');
});

test('20,000 lines arrive all and in order', async () => {
  const run = await fixture.kernel.ok('for (let i = 0; i < 20000; i++) console.log(i)');
  const lines = run.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(20000);
  expect(lines.findIndex((line, index) => line !== String(index))).toBe(-1);
});

test('20,000 lines with an await after each arrive all and in order', async () => {
  const run = await fixture.kernel.ok('for (let i = 0; i < 20000; i++) { console.log(i); await null }');
  const lines = run.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(20000);
  expect(lines.findIndex((line, index) => line !== String(index))).toBe(-1);
});

test('2,000 displays in one cell arrive all and in order', async () => {
  const run = await fixture.kernel.ok(`for (let i = 0; i < 2000; i++) display({ row: i })`);
  const rows = run.displays.map((content) => Number(/row: (\d+)/.exec(content.data['text/plain'])?.[1]));
  expect(rows).toEqual(Array.from({ length: 2000 }, (_, index) => index));
});

test('one line of ten megabytes arrives whole', async () => {
  const run = await fixture.kernel.ok('console.log("x".repeat(1e7) + "end")');
  expect(run.stdout.length).toBe(1e7 + 4);
  expect(run.stdout.endsWith('end\n')).toBe(true);
});

test('text beyond the basic plane is not torn apart', async () => {
  const run = await fixture.kernel.ok(
    'for (let i = 0; i < 3000; i++) process.stdout.write("\u{1F600}µ批归一化")',
  );
  expect(run.stdout).toBe('\u{1F600}µ批归一化'.repeat(3000));
});

test('half a surrogate pair is printed without breaking the stream', async () => {
  const run = await fixture.kernel.ok('console.log("\\ud83d"); console.log("after")');
  expect(run.stdout).toContain('after');
});

test('the output of a child process that inherits stdout is shown', async () => {
  const run = await fixture.kernel.ok(`
    import { spawnSync } from 'node:child_process';
    spawnSync(process.execPath, ['-e', 'console.log("from the child")'], { stdio: 'inherit' });`);
  await run.printed('from the child');
});

test('the error output of a child process that inherits stderr is shown', async () => {
  const run = await fixture.kernel.ok(`
    import { spawnSync as start } from 'node:child_process';
    start(process.execPath, ['-e', 'console.error("complaint")'], { stdio: 'inherit' });`);
  await run.printed('complaint', 'stderr');
});

test.each([
  ['lines in a row', "for (let i = 0; i < 50; i++) console.log('line ' + i)"],
  ['lines on both streams', "for (let i = 0; i < 50; i++) console[i % 2 ? 'log' : 'error']('line ' + i)"],
  [
    'a long text in the end',
    "console.log('a'); console.log('b'); console.log('x'.repeat(100_000) + 'line 49')",
  ],
])('what was printed before a long computation is seen while it lasts: %s', async (_, print) => {
  const file = join(fixture.folder, 'seen-all');
  rmSync(file, { force: true });
  const run = fixture.kernel.startCell(`
    import { existsSync } from 'node:fs';
    ${print};
    const giveUp = Date.now() + 15000;
    while (!existsSync(${JSON.stringify(file)}) && Date.now() < giveUp) {}
    existsSync(${JSON.stringify(file)});`);
  await run.until(() => /line 49\n/.test(run.stdout + run.stderr), 'the last line');
  fixture.write({ 'seen-all': '' });
  await fixture.kernel.finish(run);
  expect(run.text).toBe('true');
});

test('output of timers that print in bursts arrives, all of it and in order', async () => {
  const run = await fixture.kernel.ok(`
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 100; i++) console.log(round * 100 + i);
      await new Promise((later) => setTimeout(later, round % 7));
    }`);
  expect(run.stdout).toBe(Array.from({ length: 2000 }, (_, i) => `${i}\n`).join(''));
});

test.each([
  'process.abort()',
  "process.kill(process.pid, 'SIGKILL')",
  '(process as unknown as { reallyExit(code: number): never }).reallyExit(3)',
])('what was printed before %s is not lost with the process', async (end) => {
  const run = await fixture.kernel.execute(`for (let i = 0; i < 50; i++) console.log('line ' + i); ${end}`);
  expect(run.stdout).toBe(Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join(''));
  expect(run.reply.status).toBe('error');
});

test('what was printed is not kept in memory', async () => {
  const run = await fixture.kernel.ok(`
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const seen = (() => { const big = { numbers: new Float64Array(1e6) }; console.log(big.numbers.length, typeof big); console.log(big); return new WeakRef(big); })();
    for (let i = 0; i < 50 && seen.deref(); i++) { await new Promise((later) => setImmediate(later)); collect(); }
    seen.deref() === undefined`);
  expect(run.text).toBe('true');
});

test('late output goes to the cell that made it, also while another cell runs', async () => {
  const first = await fixture.kernel.ok(
    'let openGate = () => {}; const gate = new Promise<void>((open) => { openGate = open })',
  );
  const waiting = await fixture.kernel.ok('gate.then(() => console.log("from the waiting cell")); "waiting"');
  const opening = await fixture.kernel.ok('openGate(); await gate; console.log("from the opening cell")');
  await waiting.printed('from the waiting cell');
  expect(opening.stdout).toBe('from the opening cell\n');
  expect(first.stdout).toBe('');
});

test('a timer prints into its cell after the cell has ended', async () => {
  const file = join(fixture.folder, 'ended');
  const run = await fixture.kernel.ok(`
    import { existsSync as there } from 'node:fs';
    const look = setInterval(() => {
      if (!there(${JSON.stringify(file)})) return;
      clearInterval(look);
      console.log('late');
    }, 5);`);
  expect(run.stdout).toBe('');
  fixture.write({ ended: '' });
  await run.printed('late');
});

test('console.table, dir, group, count and assert print as they do in node', async () => {
  const run = await fixture.kernel.ok(`
    console.group('outer'); console.log('inner'); console.groupEnd();
    console.count('times'); console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
    console.table([{ x: 1 }]); console.assert(false, 'asserted'); console.log('%s is %d', 'one', 1);`);
  expect(run.stdout).toContain('outer\n  inner\n');
  expect(run.stdout).toContain('times: 1\n');
  expect(run.stdout).toContain('{ a: [Object] }');
  expect(run.stdout).toMatch(/│ \(index\) │ x/);
  expect(run.stdout).toContain('one is 1\n');
  expect(run.stderr).toContain('Assertion failed: asserted');
});
