import { describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';

const fixture = useKernel();

/** Answers questions from a list, and notes them. */
function answers(...given: string[]): string[] {
  const asked: string[] = [];
  fixture.kernel.onInput = (prompt) => {
    asked.push(prompt);
    return given.shift() ?? '';
  };
  return asked;
}

describe("the browser's prompt, confirm and alert", () => {
  test('wait for the answer without await', async () => {
    const asked = answers('Ada', 'y', 'no');
    const cell = "const name = prompt('Name?');\n[name.length, confirm('Sure?'), confirm('Really?')]";
    expect(await fixture.kernel.value(cell)).toBe('[ 3, true, false ]');
    expect(asked).toEqual(['Name? ', 'Sure? [y/N] ', 'Really? [y/N] ']);
  });

  test('alert goes on when Enter was pressed', async () => {
    const asked = answers('');
    const run = await fixture.kernel.ok("console.log('before'); alert('Look'); console.log('after')");
    expect(run.stdout).toBe('before\nafter\n');
    expect(asked).toEqual(['Look [Enter] ']);
  });

  test('an empty answer gives the default text', async () => {
    const asked = answers('', 'typed');
    expect(await fixture.kernel.value("[prompt('n?', '5'), prompt('n?', '5')].join()")).toBe("'5,typed'");
    expect(asked).toEqual(['n? [5] ', 'n? [5] ']);
  });

  test('hold the whole program: a timer fires only after the answer', async () => {
    answers('x');
    const run = await fixture.kernel.ok(
      "setTimeout(() => console.log('timer'), 0);\nprompt('?');\nconsole.log('answered');\nawait new Promise((done) => setTimeout(done, 5));",
    );
    expect(run.stdout).toBe('answered\ntimer\n');
  });

  test('lose no message that comes meanwhile: comm messages are handled after the answer', async () => {
    await fixture.kernel.ok(`
      const heard: number[] = [];
      const comms = (globalThis as any)[Symbol.for('jupyter.kernel')].comms;
      comms.register('numbers', (comm: any) => { comm.onMessage = ({ data }: any) => { heard.push(data.n) } });`);
    await fixture.kernel.comm('open', { comm_id: 'c1', target_name: 'numbers', data: {} });
    const sent: Promise<unknown>[] = [];
    fixture.kernel.onInput = () => {
      for (let n = 0; n < 20; n++)
        sent.push(fixture.kernel.comm('msg', { comm_id: 'c1', data: { n, pad: 'x'.repeat(20_000) } }));
      return 'done';
    };
    expect(await fixture.kernel.value("prompt('?') + heard.length")).toBe("'done0'");
    await Promise.all(sent);
    expect(await fixture.kernel.value('heard.join()')).toBe(
      `'${Array.from({ length: 20 }, (_, n) => n).join()}'`,
    );
  });

  test('in the handler of a widget message keep the order of the messages behind it', async () => {
    await fixture.kernel.ok(`
      const order: string[] = [];
      const kernelComms = (globalThis as any)[Symbol.for('jupyter.kernel')].comms;
      kernelComms.register('asks', (comm: any) => {
        comm.onMessage = ({ data }: any) => { order.push(data.n === 0 ? prompt('0?') : String(data.n)) };
      });`);
    await fixture.kernel.comm('open', { comm_id: 'c2', target_name: 'asks', data: {} });
    // A comm message takes no input, so the question is refused; what came behind it is handled all the same.
    const runs = [0, 1, 2].map((n) => fixture.kernel.comm('msg', { comm_id: 'c2', data: { n } }));
    await Promise.all(runs);
    expect(await fixture.kernel.value('order.join()')).toBe("'1,2'");
  });

  test('are refused in a sentence where the frontend takes no input', async () => {
    for (const name of ['prompt', 'confirm', 'alert']) {
      const run = await fixture.kernel.execute(`${name}('?')`, { allow_stdin: false });
      expect(run.reply.ename).toBe('StdinNotImplementedError');
      expect(run.reply.evalue).toContain(`${name}() has nobody to ask`);
    }
  });

  test('are ended by Stop, and the kernel hears what comes after', async () => {
    fixture.kernel.onInput = undefined;
    const run = fixture.kernel.startCell(
      "let seen = 1;\nconsole.log('asking');\nseen = 2;\nprompt('?'); seen = 3;",
      {
        allow_stdin: true,
      },
    );
    await run.printed('asking');
    await fixture.kernel.interrupt();
    await fixture.kernel.finish(run);
    expect(run.reply.ename).toBe('Interrupted');
    expect(await fixture.kernel.value('seen')).toBe('2');
    answers('again');
    expect(await fixture.kernel.value("prompt('?')")).toBe("'again'");
  });

  test('are typed, and a cell may declare the same names', async () => {
    expect((await fixture.kernel.fails("const n: number = prompt('n?')")).reply.evalue).toContain('TS2322');
    await fixture.kernel.ok(
      'const alert = 5; const prompt = { deep: true }; function confirm() { return 7 }',
    );
    expect(await fixture.kernel.value('[alert, prompt.deep, confirm()]')).toBe('[ 5, true, 7 ]');
  });
});
