/** Output arrives whole and in order, however much there is and however slowly it is taken, and memory stays bounded. */

import { afterEach, describe, expect, test } from 'vitest';
import { Dealer, Subscriber } from 'zeromq';
import type { KernelClient } from './client.js';
import { dataFolder, kernelSpec, useKernel } from './fixture.js';
import { launch } from './launch.js';
import { watchMemory } from './memory.js';
import { decode, encode, type Message, newHeader } from './message.js';
import { descendants, withCommand } from './processes.js';
import { full } from './sizes.js';

const fixture = useKernel();
const lines = full ? 1_000_000 : 300_000;
const rounds = full ? 300 : 24;

/** What a process may need beyond what it had, MB. */
const BOUND = 300;

/** The wire process and the runner. */
function processesOf(client: KernelClient): number[] {
  const pid = client.kernel.process.pid as number;
  return [pid, ...withCommand(descendants(pid), /runner\.js/)];
}

const stillOpen: (() => void)[] = [];
afterEach(() => {
  for (const close of stillOpen.splice(0)) close();
});

/** A frontend beside the client that takes nothing until it is asked to, and whose own buffers are small. */
class SlowFrontend {
  readonly #socket = new Subscriber({ receiveHighWaterMark: 1, linger: 0 });
  readonly #key: string;
  #closed = false;

  constructor(client: KernelClient) {
    const { ip, iopub_port, key } = client.kernel.connection;
    this.#key = key;
    this.#socket.subscribe();
    this.#socket.connect(`tcp://${ip}:${iopub_port}`);
    stillOpen.push(() => this.close());
  }

  async next(): Promise<Message> {
    return decode(this.#key, 'iopub', (await this.#socket.receive()) as Buffer[]);
  }

  /** Everything up to a request's idle. */
  async until(id: string): Promise<Message[]> {
    const found: Message[] = [];
    for (;;) {
      const message = await this.next();
      if (message.parent_header.msg_id !== id) continue;
      found.push(message);
      if (message.content.execution_state === 'idle') return found;
    }
  }

  close(): void {
    if (!this.#closed) this.#socket.close();
    this.#closed = true;
  }
}

/** Resolves when the new frontend gets what is published. */
async function subscribed(slow: SlowFrontend): Promise<void> {
  let heard = false;
  const first = slow.next().then(() => {
    heard = true;
  });
  while (!heard) {
    await fixture.kernel.request('kernel_info_request');
    await Promise.race([first, new Promise((again) => setTimeout(again, 20))]);
  }
}

/** The numbers that a cell printed, one a line, are 0, 1, 2… */
function expectLines(text: string, count: number): void {
  const found = text.trimEnd().split('\n');
  expect(found.findIndex((line, index) => Number.parseInt(line, 10) !== index)).toBe(-1);
  expect(found).toHaveLength(count);
}

test(`${lines} lines of one cell arrive all and in order, in bounded memory`, async () => {
  const { kernel } = fixture;
  await kernel.ok('1');
  const before = watchMemory(() => processesOf(kernel))();
  const stop = watchMemory(() => processesOf(kernel));
  const run = await kernel.execute(`for (let i = 0; i < ${lines}; i++) console.log(i)`, {}, 120_000);
  for (const [pid, most] of stop()) expect(most - (before.get(pid) ?? 0)).toBeLessThan(BOUND);
  expectLines(run.stdout, lines);
}, 150_000);

describe('a frontend that takes its output slowly', () => {
  const megabytes = full ? 1500 : 110;
  const flood = `const line = ' '.repeat(9_990);\nfor (let i = 0; i < ${megabytes * 100}; i++) console.log(i + line);`;

  test('holds the cell back, gets all of it, and memory stays bounded', async () => {
    const { kernel } = fixture;
    const slow = new SlowFrontend(kernel);
    await subscribed(slow);
    const before = watchMemory(() => processesOf(kernel))();
    const stop = watchMemory(() => processesOf(kernel));
    const run = kernel.startCell(flood, {}, 120_000);
    await run.printed('50 ');
    // The other frontend gets no more either, once what the slow one has not taken is as much as may wait.
    let seen = -1;
    while (seen !== run.stdout.length) {
      seen = run.stdout.length;
      await new Promise((again) => setTimeout(again, 300));
    }
    expect(run.replyMessage).toBeUndefined();
    const got = await slow.until(run.header.msg_id);
    await kernel.finish(run);
    for (const [pid, most] of stop()) expect(most - (before.get(pid) ?? 0)).toBeLessThan(BOUND);
    const text = got.filter(({ header }) => header.msg_type === 'stream').map(({ content }) => content.text);
    expectLines(text.join(''), megabytes * 100);
    expect(text.join('')).toBe(run.stdout);
  }, 150_000);

  test('does not keep Stop from working', async () => {
    const { kernel } = fixture;
    const slow = new SlowFrontend(kernel);
    await subscribed(slow);
    const run = kernel.startCell(flood.replace(/i < \d+/, 'true'), {}, 60_000);
    let seen = -1;
    while (seen !== run.stdout.length || seen === 0) {
      seen = run.stdout.length;
      await new Promise((again) => setTimeout(again, 300));
    }
    const stop = kernel.start('interrupt_request', {}, { channel: 'control' });
    const { content } = await run.until(({ channel }) => channel === 'shell', 'reply');
    expect(content.ename).toBe('Interrupted');
    slow.close();
    await stop.done();
    await kernel.finish(run);
    expect(await kernel.value('"next"')).toBe("'next'");
  }, 90_000);

  test('and then goes away holds nobody up', async () => {
    const { kernel } = fixture;
    const slow = new SlowFrontend(kernel);
    await subscribed(slow);
    const run = kernel.startCell(flood, {}, 60_000);
    await run.printed('50 ');
    slow.close();
    await kernel.finish(run);
    expectLines(run.stdout, megabytes * 100);
  }, 90_000);
});

test('with no frontend listening, output is dropped and memory stays bounded', async () => {
  const kernel = await launch(kernelSpec(), { cwd: fixture.folder, env: { JUPYTER_DATA_DIR: dataFolder } });
  const { ip, shell_port, key } = kernel.connection;
  const shell = new Dealer({ linger: 0 });
  stillOpen.push(() => shell.close(), kernel.destroy);
  shell.connect(`tcp://${ip}:${shell_port}`);
  const ask = async (type: string, content: object): Promise<Message> => {
    await shell.send(encode(key, newHeader(type, 'alone'), content));
    return decode(key, 'shell', (await shell.receive()) as Buffer[]);
  };
  expect((await ask('execute_request', { code: '1' })).content.status).toBe('ok');
  const pid = kernel.process.pid as number;
  const pids = [pid, ...withCommand(descendants(pid), /runner\.js/)];
  const before = watchMemory(() => pids)();
  const stop = watchMemory(() => pids);
  const code = `const line = ' '.repeat(10_000);\nfor (let i = 0; i < ${full ? 150_000 : 25_000}; i++) console.log(line);`;
  expect((await ask('execute_request', { code })).content.status).toBe('ok');
  for (const [id, most] of stop()) expect(most - (before.get(id) ?? 0)).toBeLessThan(BOUND);
}, 150_000);

describe('what is cut off half-way', () => {
  test('interrupts at random moments of loops that print leave all frames whole', async () => {
    const { kernel } = fixture;
    for (let round = 0; round < rounds; round++) {
      const size = [1, 100, 100_000, 1_000_000][round % 4];
      const run = kernel.startCell(
        `const pad${round} = 'x'.repeat(${size});\nfor (let i = 0; ; i++) console.log(i, pad${round});`,
      );
      await run.until(({ header }) => header.msg_type === 'stream', 'output');
      await new Promise((later) => setTimeout(later, (round * 37) % 60));
      await kernel.interrupt();
      await kernel.finish(run);
      expect(run.reply.ename).toBe('Interrupted');
      const numbers = run.stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => Number.parseInt(line, 10));
      expect(numbers.findIndex((number, index) => number !== index)).toBe(-1);
      expect(await kernel.value(`pad${round}.length`)).toBe(String(size));
    }
  }, 300_000);

  test('a recursion without end that prints leaves all frames whole', async () => {
    const { kernel } = fixture;
    for (let round = 0; round < rounds / 2; round++) {
      const run = await kernel.execute(
        `function deep${round}(n: number): void {\n  console.log(n + ' '.repeat((n * 97) % 3000));\n  deep${round}(n + 1);\n}\ndeep${round}(0)`,
      );
      expect(run.reply.ename).toBe('RangeError');
      const numbers = run.stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => Number.parseInt(line, 10));
      expect(numbers.findIndex((number, index) => number !== index)).toBe(-1);
      expect(await kernel.value('1 + 1')).toBe('2');
    }
  }, 300_000);
});
