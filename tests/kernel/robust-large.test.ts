/** Messages as large as anybody sends, both ways; and a session as long as anybody's. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KernelClient } from './client.js';
import { makeFolder, startKernel, useKernel } from './fixture.js';
import { residentMegabytes } from './memory.js';
import { descendants, withCommand } from './processes.js';
import { full } from './sizes.js';

const megabytes = full ? 100 : 10;
const size = megabytes * 1_000_000;
const LONG = 120_000;

describe(`${megabytes} MB`, () => {
  const fixture = useKernel();

  test(
    'of code in one cell',
    async () => {
      const run = await fixture.kernel.execute(`const long = '${'y'.repeat(size)}';\nlong.length`, {}, LONG);
      expect(run.text).toBe(String(size));
      expect(await fixture.kernel.value('long.length + 1')).toBe(String(size + 1));
    },
    LONG,
  );

  test(
    'of a display',
    async () => {
      const code = `display({ 'text/plain': 'z'.repeat(${size}) }, { raw: true }); "shown"`;
      const run = await fixture.kernel.execute(code, {}, LONG);
      expect(run.displays[0].data['text/plain'].length).toBe(size);
      expect(run.text).toBe("'shown'");
    },
    LONG,
  );

  test(
    'of one printed line',
    async () => {
      const run = await fixture.kernel.execute(`console.log('p'.repeat(${size}))`, {}, LONG);
      expect(run.stdout.length).toBe(size + 1);
    },
    LONG,
  );

  test(
    'of buffers of a comm, there and back',
    async () => {
      const { kernel } = fixture;
      await kernel.ok(
        `(globalThis as any)[Symbol.for('jupyter.kernel')].comms.register('large', (comm: any) => {
        comm.onMessage = ({ buffers }: any) => comm.send({}, buffers);
      })`,
      );
      await kernel.comm('open', { comm_id: 'large', target_name: 'large', data: {} });
      const bytes = Buffer.alloc(size, 'buffer of a comm');
      const answered = kernel.next(
        ({ content, header }) => header.msg_type === 'comm_msg' && content.comm_id === 'large',
        'answer',
      );
      const run = kernel.start(
        'comm_msg',
        { comm_id: 'large', data: {} },
        { reply: false, buffers: [bytes], timeout: LONG },
      );
      await kernel.finish(run);
      const [back] = (await answered).buffers;
      expect(back.equals(bytes)).toBe(true);
    },
    LONG,
  );

  // It takes a gigabyte of memory.
  if (full) {
    test(
      'of a value that is too long for any message ends its cell with a sentence, and the kernel goes on',
      async () => {
        const { kernel } = fixture;
        const run = await kernel.execute(
          "const part = 'q'.repeat(2 ** 28);\ndisplay({ 'text/plain': part, 'text/html': part, 'text/markdown': part }, { raw: true });",
          {},
          LONG,
        );
        expect(run.status).toBe('error');
        expect(run.reply.evalue).toMatch(/string|long|sent/i);
        expect(await kernel.value('part.length')).toBe(String(2 ** 28));
      },
      LONG,
    );
  }
});

describe('a session of a thousand cells', () => {
  const folder = makeFolder();
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await startKernel({ cwd: folder });
  });
  afterAll(() => kernel.close());

  test(
    'is as quick at its end as at its beginning, and its memory bounded',
    async () => {
      const pid = kernel.kernel.process.pid as number;
      const parts = {
        wire: [pid],
        runner: withCommand(descendants(pid), /runner\.js/),
        checker: withCommand(descendants(pid), /--lsp/),
      };
      const memory = (): number[] => Object.values(parts).map(([id]) => residentMegabytes(id));
      const times: number[] = [];
      let early: number[] = [];
      for (let cell = 0; cell < 1000; cell++) {
        // Names that come again, names of its own for each, functions of earlier cells: what a long session gathers.
        const code = [
          `let again = ${cell};\nagain`,
          `const own${cell} = ${cell};\nown${cell}`,
          `function f${cell % 20}() { return ${cell} }\nf${cell % 20}()`,
        ][cell % 3];
        const run = await kernel.ok(code);
        expect(run.text).toBe(String(cell));
        times.push((run.replyMessage?.receivedAt ?? 0) - run.sentAt);
        kernel.forget(run);
        if (cell === 200) early = memory();
      }
      const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length / 2];
      const [first, last] = [median(times.slice(0, 100)), median(times.slice(-100))];
      // Without slack a busy machine would decide; what grows with the session grows tenfold over it.
      expect(last).toBeLessThan(3 * first + 15);
      for (const [at, late] of memory().entries())
        expect(late - early[at], Object.keys(parts)[at]).toBeLessThan(150);
    },
    LONG,
  );
});
