import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { KernelClient } from './client.js';
import { startKernel, useKernel } from './fixture.js';
import type { Json } from './message.js';

describe('user_expressions', () => {
  const fixture = useKernel();

  test('are evaluated after the cell and come with the reply', async () => {
    const run = await fixture.kernel.execute('let epochs = 3', {
      user_expressions: { twice: 'epochs * 2', text: '"a"' },
    });
    expect(run.reply.user_expressions.twice).toMatchObject({ status: 'ok', data: { 'text/plain': '6' } });
    expect(run.reply.user_expressions.text).toMatchObject({ status: 'ok', data: { 'text/plain': "'a'" } });
  });

  test('that fail say so, each for itself', async () => {
    const run = await fixture.kernel.execute('1', { user_expressions: { bad: 'noSuchName', good: '2' } });
    expect(run.status).toBe('ok');
    expect(run.reply.user_expressions.bad).toMatchObject({ status: 'error', ename: expect.any(String) });
    expect(run.reply.user_expressions.good.data['text/plain']).toBe('2');
  });
});

describe('input()', () => {
  const fixture = useKernel();

  test('asks the frontend and gives what was typed', async () => {
    const asked: [string, boolean][] = [];
    fixture.kernel.onInput = (prompt, password) => {
      asked.push([prompt, password]);
      return 'Ada';
    };
    expect(await fixture.kernel.value("const who = await input('Name? ');\nwho")).toBe("'Ada'");
    expect(asked).toEqual([['Name? ', false]]);
  });

  test('asks for a password without showing it', async () => {
    fixture.kernel.onInput = (_prompt, password) => (password ? 'secret' : 'shown');
    expect(await fixture.kernel.value("await input.password('Password: ')")).toBe("'secret'");
  });

  test('can be asked several times in a cell', async () => {
    let count = 0;
    fixture.kernel.onInput = () => String(++count);
    expect(await fixture.kernel.value("[await input('a'), await input('b'), await input('c')].join()")).toBe(
      "'1,2,3'",
    );
  });

  test('is refused in a sentence where the frontend takes no input', async () => {
    const run = await fixture.kernel.execute("await input('?')", { allow_stdin: false });
    expect(run.reply.ename).toBe('StdinNotImplementedError');
    expect(run.reply.evalue).toMatch(/input/);
  });

  test('can ask two things at once: the second when the first is answered', async () => {
    const asked: string[] = [];
    fixture.kernel.onInput = (prompt) => {
      asked.push(prompt);
      return prompt.toUpperCase();
    };
    const run = await fixture.kernel.ok("(await Promise.all([input('a'), input('b'), input('c')])).join()");
    expect(run.text).toBe("'A,B,C'");
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  test('can be asked by a timer that outlives its cell', async () => {
    fixture.kernel.onInput = () => 'late';
    const run = await fixture.kernel.ok("setTimeout(async () => console.log('got', await input('?')), 20);");
    await run.printed('got late');
  });

  test('of a timer is taken back by Stop, and the next question is asked', async () => {
    fixture.kernel.onInput = undefined;
    const asked = fixture.kernel.next(({ header }) => header.msg_type === 'input_request', 'question');
    const run = fixture.kernel.startCell(
      "setTimeout(() => input('never answered').catch((e) => console.log('ended', e.name)), 20);",
      { allow_stdin: true },
    );
    await asked;
    await fixture.kernel.finish(run);
    await fixture.kernel.interrupt();
    await run.printed('ended Interrupted');
    fixture.kernel.onInput = () => 'answered';
    expect(await fixture.kernel.value("await input('again')")).toBe("'answered'");
  });

  test('that nobody answers is ended by an interrupt', async () => {
    fixture.kernel.onInput = undefined;
    const run = fixture.kernel.startCell("console.log('asking');\nawait input('?')", { allow_stdin: true });
    await run.printed('asking');
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(run);
    expect(run.status).toBe('error');
    expect(await fixture.kernel.value('"next"')).toContain('next');
  });
});

describe('history', () => {
  const data = mkdtempSync(join(tmpdir(), 'history-'));
  afterAll(() => rmSync(data, { recursive: true, force: true }));

  /** Runs cells in a kernel of their own that keeps its history in the folder of these tests. */
  async function session<T>(cells: string[], then: (kernel: KernelClient) => Promise<T>): Promise<T> {
    const kernel = await startKernel({ cwd: tmpdir(), env: { JUPYTER_DATA_DIR: data } });
    try {
      for (const cell of cells) await kernel.ok(cell);
      return await then(kernel);
    } finally {
      await kernel.close();
    }
  }

  async function ask(kernel: KernelClient, content: Json): Promise<Json[]> {
    return (await kernel.request('history_request', { output: false, raw: true, ...content })).reply.history;
  }

  test('gives the last cells, with their results when asked', async () => {
    await session(['let h = 1', 'h + 1', 'h + 2'], async (kernel) => {
      const tail = await ask(kernel, { hist_access_type: 'tail', n: 2 });
      expect(tail.map(([, line, input]) => [line, input])).toEqual([
        [2, 'h + 1'],
        [3, 'h + 2'],
      ]);
      const outputs = await ask(kernel, { hist_access_type: 'tail', n: 3, output: true });
      expect(outputs.map((item) => item[2])).toEqual([
        ['let h = 1', null],
        ['h + 1', '2'],
        ['h + 2', '3'],
      ]);
    });
  });

  test('gives a range of lines, the last one excluded', async () => {
    await session(['"one"', '"two"', '"three"'], async (kernel) => {
      const range = await ask(kernel, { hist_access_type: 'range', session: 0, start: 1, stop: 3 });
      expect(range.map((item) => item[2])).toEqual(['"one"', '"two"']);
    });
  });

  test('is searched by a pattern with * and ?', async () => {
    await session(['const alpha = 1', 'alpha + 41', 'alpha + 42', 'alpha + 42'], async (kernel) => {
      const found = await ask(kernel, { hist_access_type: 'search', pattern: 'alpha + 4?', n: 10 });
      expect(found.map((item) => item[2])).toEqual(['alpha + 41', 'alpha + 42', 'alpha + 42']);
      const unique = await ask(kernel, {
        hist_access_type: 'search',
        pattern: '*alpha + 42*',
        n: 10,
        unique: true,
      });
      expect(unique).toHaveLength(1);
      const last = await ask(kernel, { hist_access_type: 'search', pattern: 'alpha*', n: 1 });
      expect(last.map((item) => item[2])).toEqual(['alpha + 42']);
    });
  });

  test('takes signs of regular expressions in a pattern as they are', async () => {
    await session(['[1, 2].map((x) => x * 2)'], async (kernel) => {
      const found = await ask(kernel, { hist_access_type: 'search', pattern: '[1, 2].map(*)', n: 5 });
      expect(found.map((item) => item[2])).toEqual(['[1, 2].map((x) => x * 2)']);
    });
  });

  test('survives a restart of the kernel', async () => {
    const before = await session(['"remembered"'], (kernel) =>
      ask(kernel, { hist_access_type: 'tail', n: 1 }),
    );
    await session([], async (kernel) => {
      const tail = await ask(kernel, { hist_access_type: 'tail', n: 1 });
      expect(tail).toEqual(before);
      const previous = await ask(kernel, { hist_access_type: 'range', session: -1, start: 1, stop: 9 });
      expect(previous.map((item) => item[2])).toEqual(['"remembered"']);
    });
  });

  test('leaves out cells that are not to be stored', async () => {
    await session(['"stored"'], async (kernel) => {
      await kernel.execute('"secret"', { store_history: false });
      await kernel.execute('"silent"', { silent: true });
      const tail = await ask(kernel, { hist_access_type: 'tail', n: 1 });
      expect(tail[0][2]).toBe('"stored"');
    });
  });
});

describe('payloads', () => {
  const fixture = useKernel();

  test('display.nextCell() has the frontend make a cell, or fill this one', async () => {
    const run = await fixture.kernel.ok(
      "display.nextCell('const made = 1;'); display.nextCell('again', true);",
    );
    expect(run.reply.payload).toEqual([
      { source: 'set_next_input', text: 'const made = 1;', replace: false },
      { source: 'set_next_input', text: 'again', replace: true },
    ]);
  });
});
