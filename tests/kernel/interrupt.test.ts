import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import type { Run } from './run.js';

const fixture = useKernel();

/** Milliseconds from Stop to the cell's end. */
const BOUND = 2000;

/** Starts a cell, stops it when it has printed "running", and checks that it ended as interrupted and in time. */
async function stop(code: string): Promise<Run> {
  const run = fixture.kernel.startCell(code);
  await run.printed('running');
  const asked = performance.now();
  await fixture.kernel.interrupt();
  await fixture.kernel.finish(run);
  expect(run.status).toBe('error');
  expect(`${run.reply.ename} ${run.reply.evalue}`).toMatch(/interrupt/i);
  expect(performance.now() - asked).toBeLessThan(BOUND);
  return run;
}

/** True when nothing adds to the counter any more: a timer of the old loop would fire before one that is set later. */
async function stands(counter: string, ms = 50): Promise<void> {
  const code = `const seenBefore = ${counter};\nawait new Promise((done) => setTimeout(done, ${ms}));\n${counter} === seenBefore && seenBefore > 0`;
  expect(await fixture.kernel.value(code)).toBe('true');
}

describe('an interrupt stops', () => {
  test.each([
    ['an empty endless loop', 'console.log("running");\nfor (;;) {}'],
    ['an endless loop that computes', 'let spins = 0;\nconsole.log("running");\nwhile (true) spins++;'],
    [
      'an endless loop inside a function',
      'function spin() { for (;;) {} }\nconsole.log("running");\nspin();',
    ],
    [
      'an endless loop that catches everything',
      'console.log("running");\nfor (;;) { try { for (;;) {} } catch {} }',
    ],
    ['an endless loop that prints', 'console.log("running");\nfor (let i = 0; ; i++) console.log(i);'],
    ['a loop of awaits of nothing', 'console.log("running");\nwhile (true) await null;'],
    ['a loop of sleeps', 'console.log("running");\nwhile (true) await new Promise((r) => setTimeout(r, 5));'],
    ['a wait for what never comes', 'console.log("running");\nawait new Promise(() => {});'],
    ['a long sleep', 'console.log("running");\nawait new Promise((r) => setTimeout(r, 600_000));'],
    ['a sync loop after an await', 'await null;\nconsole.log("running");\nfor (;;) {}'],
    [
      'a sync loop in a timer that the cell waits for',
      'await new Promise(() => { setTimeout(() => { console.log("running"); for (;;) {} }, 1) });',
    ],
    ['a regular expression without end', 'console.log("running");\n/^(a+)+$/.test("a".repeat(60) + "b");'],
    [
      'a blocking wait',
      'console.log("running");\nAtomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);',
    ],
    [
      'a for await over an endless generator',
      'async function* ticks() { for (let i = 0; ; i++) yield i }\nconsole.log("running");\nfor await (const t of ticks()) void t;',
    ],
    [
      'a wait in a try with a catch',
      'console.log("running");\ntry { await new Promise(() => {}) } catch { console.log("swallowed") }',
    ],
  ])('%s, and the next cell runs', async (_what, code) => {
    await stop(code);
    expect(await fixture.kernel.value('"next"')).toContain('next');
  });

  test('a loop in a function of an imported file', async () => {
    fixture.write({
      'loops.ts':
        'export function spin(): never {\n  for (;;) {}\n}\nexport async function slow(step: () => void): Promise<never> {\n  for (;;) {\n    step();\n    await null;\n  }\n}',
    });
    await stop('import { spin as spinFile } from "./loops.js";\nconsole.log("running");\nspinFile();');
    expect(await fixture.kernel.value('"next"')).toContain('next');
  });

  test('an asynchronous loop in a function of an imported file', async () => {
    await fixture.kernel.ok('let steps = 0');
    await stop('import { slow } from "./loops.js";\nconsole.log("running");\nawait slow(() => { steps++ });');
    await stands('steps');
  });

  test('an asynchronous loop in a function of an earlier cell', async () => {
    await fixture.kernel.ok(
      'let rounds = 0;\nasync function train() { while (true) { rounds++; await new Promise((r) => setTimeout(r, 1)) } }',
    );
    await stop('console.log("running");\nawait train();');
    await stands('rounds');
  });

  test('a loop that nobody awaits', async () => {
    await fixture.kernel.ok(
      'let detached = 0;\nasync function loose() { while (true) { detached++; await new Promise((r) => setTimeout(r, 1)) } }',
    );
    await stop('void loose();\nconsole.log("running");\nawait new Promise(() => {});');
    await stands('detached');
  });

  test('the callbacks of an interval', async () => {
    await fixture.kernel.ok('let ticks2 = 0');
    const run = await stop(
      'setInterval(() => { ticks2++; console.log("tick") }, 1);\nconsole.log("running");\nawait new Promise(() => {});',
    );
    await fixture.kernel.ok('ticks2 = 1');
    const printed = run.stdout;
    await stands('ticks2');
    expect(run.stdout).toBe(printed);
  });

  test('a timer of the cell that has not fired', async () => {
    await fixture.kernel.ok('let fired = 1');
    await stop('setTimeout(() => { fired++ }, 300);\nconsole.log("running");\nawait new Promise(() => {});');
    await stands('fired', 400);
  });

  test('an interval that an earlier cell left behind, when nothing runs', async () => {
    const run = await fixture.kernel.ok(
      'let idleTicks = 0;\nsetInterval(() => { idleTicks++; console.log("idle tick") }, 1); "set"',
    );
    await run.printed('idle tick');
    await fixture.kernel.interrupt();
    await stands('idleTicks');
  });
});

describe('after an interrupt', () => {
  test('all state is kept', async () => {
    await fixture.kernel.ok('const weights = new Float32Array([1, 2, 3]);\nlet epoch = 0');
    await stop('epoch = 7;\nconsole.log("running");\nfor (;;) {}');
    expect(await fixture.kernel.value('[epoch, ...weights].join()')).toBe("'7,1,2,3'");
  });

  test('names that the stopped cell had given a value are known', async () => {
    await stop('const reachedBefore = 5;\nconsole.log("running");\nfor (;;) {}\nconst notReachedAfter = 6;');
    expect(await fixture.kernel.value('reachedBefore')).toBe('5');
    expect((await fixture.kernel.fails('notReachedAfter')).traceback).toContain(
      "Cannot find name 'notReachedAfter'",
    );
  });

  test('the stopped cell prints nothing more', async () => {
    const run = await stop(
      'console.log("running");\nfor (;;) { await new Promise((r) => setTimeout(r, 1)); console.log("more") }',
    );
    const printed = run.stdout;
    await fixture.kernel.ok('await new Promise((done) => setTimeout(done, 50))');
    expect(run.stdout).toBe(printed);
  });

  test('timers, awaits and imports work as before', async () => {
    await stop('console.log("running");\nfor (;;) {}');
    expect(
      await fixture.kernel.value('await new Promise<string>((r) => setTimeout(() => r("timer"), 5))'),
    ).toBe("'timer'");
    expect(await fixture.kernel.value('(await import("node:path")).basename("a/b")')).toBe("'b'");
  });

  test('cells that were queued are not run', async () => {
    const loop = fixture.kernel.startCell('console.log("running");\nfor (;;) {}');
    const queued = fixture.kernel.startCell('console.log("must not run")');
    await loop.printed('running');
    // Its answer says that the kernel has read the queued cell, which was sent before it.
    await fixture.kernel.request('is_complete_request', { code: '1' });
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(loop);
    await fixture.kernel.finish(queued);
    expect(queued.status).toBe('aborted');
    expect(queued.stdout).toBe('');
    expect(await fixture.kernel.value('"next"')).toContain('next');
  });

  test('the error names the line that was running', async () => {
    const run = await stop('console.log("running");\n\nfor (;;) {}');
    expect(run.traceback).toMatch(/interrupt/i);
  });
});

describe('an interrupt when nothing runs', () => {
  test('does nothing to the next cell', async () => {
    await fixture.kernel.interrupt();
    expect(await fixture.kernel.value('1 + 1')).toBe('2');
  });

  test('and twenty of them during a loop stop one cell', async () => {
    const run = fixture.kernel.startCell('console.log("running");\nfor (;;) {}');
    await run.printed('running');
    await Promise.all(Array.from({ length: 20 }, () => fixture.kernel.interrupt()));
    await fixture.kernel.finish(run);
    expect(run.status).toBe('error');
    expect(await fixture.kernel.value('"next"')).toContain('next');
  });
});

test('a stopped cell that had not reached a declaration leaves the earlier value', async () => {
  const { kernel } = fixture;
  await kernel.ok('let survivor = "earlier";\nfunction readsIt() { return survivor }');
  const run = kernel.startCell(
    'function early() { return survivor }\nconsole.log("spinning");\nfor (;;) { if (Math.random() > 2) early() }\nlet survivor = "later";',
  );
  await run.printed('spinning');
  await kernel.interrupt();
  await run.done();
  expect(await kernel.value('readsIt()')).toBe("'earlier'");
});

test('a storm of interrupts strikes the cell that ran and none after it', async () => {
  const { kernel } = fixture;
  for (let round = 0; round < 5; round++) {
    const run = kernel.startCell('console.log("running");\nfor (;;) {}');
    await run.printed('running');
    const storm = Array.from({ length: 40 }, () =>
      kernel.start('interrupt_request', {}, { channel: 'control' }),
    );
    await kernel.finish(run);
    // Busy for longer than the watchdog has patience with, several times over.
    const after = await kernel.ok(
      `const end${round} = performance.now() + 400;\nwhile (performance.now() < end${round});\nawait null;\n"whole"`,
    );
    expect(after.text).toBe("'whole'");
    for (const each of storm) await kernel.finish(each);
  }
});

test.each([
  ['the kernel', 1],
  // What Jupyter's own clients do where a kernelspec asks for signals.
  ['its whole process group', -1],
])('SIGINT to %s stops a loop, and the kernel goes on', async (_what, sign) => {
  const { kernel } = fixture;
  await kernel.ok('let beforeSignal = 1');
  const run = kernel.startCell('console.log("running"); for (;;) {}');
  await run.printed('running');
  process.kill(sign * (kernel.kernel.process.pid as number), 'SIGINT');
  await kernel.finish(run);
  expect(run.reply.ename).toBe('Interrupted');
  expect(await kernel.value('beforeSignal + 1 as number')).toBe('2');
});
