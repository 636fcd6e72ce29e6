/** Whatever arrives on the sockets, the kernel goes on. The generated messages come from a seed that a failure prints. */
import { createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { useKernel } from './fixture.js';
import { encode, type Json, newHeader } from './message.js';
import { descendants, withCommand } from './processes.js';
import { full } from './sizes.js';

const fixture = useKernel();
type Channel = 'shell' | 'control' | 'stdin';
const CHANNELS: Channel[] = ['shell', 'control', 'stdin'];
const DELIMITER = Buffer.from('<IDS|MSG>');

/** Every request of the protocol, some that only other sides send, and one that nobody knows. */
const TYPES = [
  'execute_request',
  'inspect_request',
  'complete_request',
  'history_request',
  'is_complete_request',
  'comm_info_request',
  'kernel_info_request',
  'connect_request',
  'debug_request',
  'interrupt_request',
  'comm_open',
  'comm_msg',
  'comm_close',
  'input_reply',
  'execute_reply',
  'status',
  'create_subshell_request',
  'delete_subshell_request',
  'list_subshell_request',
  '__proto__',
  'constructor',
  'toString',
];

/** The fields that the contents of those have. */
const FIELDS = [
  'code',
  'silent',
  'store_history',
  'user_expressions',
  'allow_stdin',
  'stop_on_error',
  'cursor_pos',
  'detail_level',
  'hist_access_type',
  'output',
  'raw',
  'session',
  'start',
  'stop',
  'n',
  'pattern',
  'unique',
  'target_name',
  'comm_id',
  'data',
  'value',
  'command',
  'arguments',
  'seq',
  'type',
  'subshell_id',
];

/** Frames of a message whose parts are given as text, so that they may be no JSON. */
function signed(parts: readonly (string | Buffer)[], buffers: Buffer[] = []): Buffer[] {
  const frames = parts.map((part) => Buffer.from(part as string));
  const hmac = createHmac('sha256', fixture.kernel.kernel.connection.key);
  for (const frame of frames) hmac.update(frame);
  return [DELIMITER, Buffer.from(hmac.digest('hex')), ...frames, ...buffers];
}

/** The kernel answers on each channel and runs a cell. What the odd messages were answered with is not judged. */
async function answers(): Promise<void> {
  const { kernel } = fixture;
  const asked = (['shell', 'control'] as const).map((channel) =>
    kernel.start('kernel_info_request', {}, { channel }),
  );
  for (const run of asked) await run.done();
  const run = kernel.startCell('40 + 2', { stop_on_error: false });
  await run.done();
  // An odd request just before it may be a cell that fails, and so drop this one: then it is asked again.
  if (run.status === 'aborted') return answers();
  expect(run.text).toBe('42');
  kernel.faults.length = 0;
}

afterEach(() => {
  // Answers to messages whose parent was odd have an odd parent.
  fixture.kernel.faults.length = 0;
});

const oddNumber = fc.constantFrom(0, -1, 1.5, 1e308, -1e308, 2 ** 53, -(2 ** 31), 1e-320);
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\u0000',
    '\ud83d',
    'range',
    'tail',
    'search',
    '*a*b*c*d*',
    '__proto__',
    '[',
    'x'.repeat(5000),
  ),
);
const odd: fc.Arbitrary<Json> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    oddNumber,
    oddText,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(oddText, tie('value'), { maxKeys: 3 }),
  ),
})).value;

const content = fc.oneof(
  { weight: 8, arbitrary: fc.dictionary(fc.constantFrom(...FIELDS), odd, { maxKeys: 8 }) },
  { weight: 1, arbitrary: odd },
);

const header = fc.record(
  {
    msg_id: fc.oneof({ weight: 4, arbitrary: fc.uuid() }, odd),
    session: fc.oneof({ weight: 4, arbitrary: fc.uuid() }, odd),
    username: odd,
    date: odd,
    version: odd,
    subshell_id: odd,
    msg_type: fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...TYPES) }, odd),
  },
  { requiredKeys: [] },
);

/** A cell of random text must not be run: it could be a program, and one without end. */
function tame(type: Json, value: Json): Json {
  if (type !== 'execute_request' || typeof value !== 'object' || value === null) return value;
  return typeof value.code === 'string'
    ? { ...value, code: `// ${value.code.replaceAll(/[\n\r\u2028\u2029]/g, ' ')}` }
    : value;
}

const message = fc.record({
  channel: fc.constantFrom(...CHANNELS),
  header: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...TYPES).map((type) => newHeader(type, 'fuzz')) },
    { weight: 4, arbitrary: header },
    { weight: 1, arbitrary: odd },
  ),
  parent: fc.oneof(fc.constant({}), odd),
  metadata: fc.oneof(fc.constant({}), odd),
  content,
  buffers: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 3 }),
});

const property = { numRuns: full ? 3000 : 150, endOnFailure: true } as const;

describe('the kernel answers as before after', () => {
  test('messages with contents, headers and parents of wrong types, on every channel', async () => {
    const { kernel } = fixture;
    let unanswered = 0;
    await fc.assert(
      fc.asyncProperty(message, async (each) => {
        const value = tame(each.header?.msg_type, each.content);
        const parts = [each.header, each.parent, each.metadata, value].map((part) => JSON.stringify(part));
        kernel.sendFrames(
          each.channel,
          signed(
            parts,
            each.buffers.map((bytes) => Buffer.from(bytes)),
          ),
        );
        // To ask after each would be slow; in a row they also meet each other.
        if (++unanswered % 10 === 0) await answers();
      }),
      property,
    );
    await answers();
  }, 600_000);

  test('each message type with each field of a wrong type', async () => {
    const { kernel } = fixture;
    const values = [null, true, -1, 1e308, 'text', [], {}, [[]], { a: null }];
    for (const type of TYPES) {
      for (const channel of CHANNELS) {
        for (const field of FIELDS) {
          for (const value of full ? values : [values[(field.length + type.length) % values.length]]) {
            const content = tame(type, { code: '1', comm_id: 'c', [field]: value });
            kernel.sendFrames(
              channel,
              encode(kernel.kernel.connection.key, newHeader(type, 'fuzz'), content),
            );
          }
        }
        await answers();
      }
    }
  }, 600_000);

  test('frames of any bytes, signed and not', async () => {
    const { kernel } = fixture;
    const bytes = fc.uint8Array({ maxLength: 60 }).map((each) => Buffer.from(each));
    const part = fc.oneof(
      bytes,
      fc
        .constantFrom('{}', '[]', 'null', '"', '{', '{"msg_id":"a","msg_type":"execute_request"}')
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...CHANNELS),
        fc.array(part, { maxLength: 8 }),
        fc.boolean(),
        async (channel, parts, isSigned) => {
          kernel.sendFrames(channel, isSigned ? signed(parts) : [...parts, DELIMITER, ...parts]);
        },
      ),
      property,
    );
    await answers();
  }, 600_000);

  test('a message cut off at each of its frames', async () => {
    const { kernel } = fixture;
    for (const channel of CHANNELS) {
      const whole = encode(kernel.kernel.connection.key, newHeader('kernel_info_request', 'fuzz'), {});
      for (let end = 1; end < whole.length; end++) kernel.sendFrames(channel, whole.slice(0, end));
      for (let start = 1; start < whole.length; start++) kernel.sendFrames(channel, whole.slice(start));
    }
    await answers();
  });

  test.each(['header', 'parent', 'metadata', 'content'])(
    'a %s nested 200,000 deep',
    async (where) => {
      const { kernel } = fixture;
      const deep = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`;
      for (const type of TYPES) {
        const head = JSON.stringify(newHeader(type, 'fuzz'));
        const parts = {
          header: `${head.slice(0, -1)},"deep":${deep}}`,
          parent: head,
          metadata: '{}',
          content: '{"code":"1","comm_id":"c","target_name":"t"}',
        };
        if (where !== 'header')
          parts[where as 'parent'] =
            where === 'content' ? `{"code":"1","comm_id":"c","data":${deep},"arguments":${deep}}` : deep;
        for (const channel of CHANNELS) {
          kernel.sendFrames(channel, signed([parts.header, parts.parent, parts.metadata, parts.content]));
        }
        await answers();
      }
    },
    120_000,
  );

  test('bytes that are no UTF-8 inside a message', async () => {
    const { kernel } = fixture;
    const head = JSON.stringify(newHeader('execute_request', 'fuzz'));
    const code = Buffer.concat([
      Buffer.from('{"code":"// '),
      Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]);
    kernel.sendFrames('shell', signed([head, '{}', '{}', code]));
    await answers();
  });

  test('numbers that no double holds', async () => {
    const { kernel } = fixture;
    for (const type of TYPES) {
      const head = JSON.stringify(newHeader(type, 'fuzz'));
      const huge = '1'.repeat(400);
      const text = `{"code":"a.b","cursor_pos":${huge},"n":-${huge},"session":1e999,"start":-1e999,"stop":${huge},"hist_access_type":"range","comm_id":${huge},"seq":${huge}}`;
      for (const channel of CHANNELS) kernel.sendFrames(channel, signed([head, '{}', '{}', text]));
      await answers();
    }
  });

  test('a search of the history by a pattern of many stars', async () => {
    const { kernel } = fixture;
    await kernel.ok(`"${'a'.repeat(3000)}"`);
    const run = await kernel.request('history_request', {
      hist_access_type: 'search',
      pattern: `${'*a'.repeat(40)}*b*`,
      n: 10,
      output: false,
      raw: true,
    });
    expect(run.reply).toEqual({ status: 'ok', history: [] });
  });

  test('code of many kinds of brackets, for completion, inspection and is_complete', async () => {
    const { kernel } = fixture;
    const codes = ['('.repeat(20_000), '['.repeat(20_000), '{'.repeat(20_000), '`${'.repeat(20_000), '/*'];
    // The checker takes its time for these.
    if (full) codes.push('<div>'.repeat(5000), 'a?.'.repeat(20_000), '!'.repeat(50_000));
    for (const code of codes) {
      for (const [type, content] of [
        ['is_complete_request', { code }],
        ['complete_request', { code, cursor_pos: code.length }],
        ['inspect_request', { code, cursor_pos: code.length, detail_level: 0 }],
      ] as const) {
        const run = await kernel.request(type, content);
        expect(['ok', 'error', 'complete', 'incomplete', 'invalid', 'unknown']).toContain(run.status);
      }
      const cell = await kernel.execute(code, { stop_on_error: false });
      expect(['ok', 'error']).toContain(cell.status);
      await answers();
    }
  }, 120_000);
});

test.each(['constructor', 'toString', '__proto__', 'kernel_info_reply'])(
  'a message of type %s is no request and gets no reply',
  async (type) => {
    const { kernel } = fixture;
    const run = kernel.start(type, {}, { reply: false });
    await run.done();
    await answers();
    expect(run.replyMessage).toBeUndefined();
  },
);

describe('signatures', () => {
  test('a message that is signed wrongly, not at all, or in part is dropped', async () => {
    const { kernel } = fixture;
    const good = encode(kernel.kernel.connection.key, newHeader('execute_request', 'fuzz'), {
      code: 'var forgedTwice = 1',
    });
    const bad = [
      '',
      '0',
      '0'.repeat(64),
      String(good[1]).toUpperCase(),
      String(good[1]).slice(1),
      `${good[1]}0`,
    ];
    for (const signature of bad)
      kernel.sendFrames('shell', [good[0], Buffer.from(signature), ...good.slice(2)]);
    // Each part under the signature of the others.
    for (let at = 2; at < 6; at++)
      kernel.sendFrames(
        'shell',
        good.map((frame, index) =>
          index === at
            ? Buffer.from('{"code":"var forgedTwice = 1","msg_type":"execute_request","msg_id":"a"}')
            : frame,
        ),
      );
    await answers();
    expect((await kernel.fails('forgedTwice')).traceback).toContain("Cannot find name 'forgedTwice'");
  });

  test('a message that is sent again is dropped: nobody who overheard one can run it again', async () => {
    const { kernel } = fixture;
    await kernel.ok('let replayed = 0');
    const frames = encode(kernel.kernel.connection.key, newHeader('execute_request', 'fuzz'), {
      code: 'replayed++',
      silent: false,
    });
    for (let time = 0; time < 5; time++) kernel.sendFrames('shell', frames);
    await answers();
    expect(await kernel.value('replayed')).toBe('1');
  });
});

describe('bytes of no ZMQ peer on the ports', () => {
  /** Sends bytes over plain TCP and resolves when the connection has ended, by either side. */
  async function garbage(port: number, bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => {
        socket.write(bytes);
        setTimeout(() => socket.destroy(), 20);
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve());
    });
  }

  test('do no harm', async () => {
    const { kernel } = fixture;
    const { shell_port, control_port, stdin_port, iopub_port, hb_port } = kernel.kernel.connection;
    const greeting = Buffer.concat([
      Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]),
      Buffer.from('NULL'),
      Buffer.alloc(48),
    ]);
    const kinds = [
      Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      Buffer.alloc(100_000, 0xff),
      Buffer.alloc(64),
      greeting,
      Buffer.concat([greeting, Buffer.alloc(1000, 0x02)]),
      Buffer.concat([greeting, Buffer.from([0x02, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])]),
      Buffer.from(randomUUID()),
    ];
    for (const port of [shell_port, control_port, stdin_port, iopub_port, hb_port]) {
      await Promise.all(kinds.map((bytes) => garbage(port, bytes)));
    }
    await answers();
    expect(await kernel.heartbeat()).toBe('beat');
  });
});

describe('a question that the checker does not answer, because it hangs,', () => {
  const hang = (): void => {
    for (const pid of withCommand(descendants(fixture.kernel.kernel.process.pid as number), /--lsp/))
      process.kill(pid, 'SIGSTOP');
  };

  test('as a cell ends by Stop, and the next cell is checked', async () => {
    const { kernel } = fixture;
    await kernel.ok('const beforeHang: number = 5');
    hang();
    const run = kernel.startCell('beforeHang');
    await run.until(({ header }) => header.msg_type === 'execute_input', 'execute_input');
    await kernel.interrupt();
    await kernel.finish(run);
    expect(run.reply.ename).toBe('Interrupted');
    expect(await kernel.value('beforeHang + 1')).toBe('6');
    expect((await kernel.fails('const wrong: number = ""')).traceback).toContain('TS2322');
  });

  test('for inspection keeps a cell waiting only until Stop', async () => {
    const { kernel } = fixture;
    hang();
    const asked = kernel.start('inspect_request', { code: 'Math', cursor_pos: 1, detail_level: 0 });
    const run = kernel.startCell('"waits"');
    await run.until(({ header }) => header.msg_type === 'execute_input', 'execute_input');
    await kernel.interrupt();
    await kernel.finish(run);
    await asked.done();
    expect(run.reply.ename).toBe('Interrupted');
    expect(await kernel.value('"next"')).toBe("'next'");
  });
});
