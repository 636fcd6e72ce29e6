/** Jupyter's messages. */

import { type Channel, encode, type Json, newHeader } from '../../kernel/message.js';
import { cells, everywhere, feature, type Group, type Probe } from '../feature.js';
import { type Session, shown, stretched, within } from '../session.js';

const print = (kernel: Session, text: string) =>
  kernel.language === 'python' ? `print("${text}")` : `console.log("${text}")`;
const fail = (kernel: Session) =>
  kernel.language === 'python' ? 'raise ValueError("planned")' : 'throw new Error("planned")';
const busyFor = (kernel: Session, usual: number) => {
  const seconds = stretched(usual);
  return kernel.language === 'python'
    ? `import time\nprint("busy", flush=True)\nuntil2 = time.time() + ${seconds}\nwhile time.time() < until2: pass`
    : `console.log("busy");\n{ const until = Date.now() + ${1000 * seconds}; while (Date.now() < until); }`;
};

/** Asks something while a cell keeps the kernel's language busy. */
const whileBusy =
  (ask: (kernel: Session) => Promise<boolean>): Probe =>
  async (kernel) => {
    const run = kernel.client.startCell(busyFor(kernel, 1.7));
    if (
      !(await within(
        run.until(({ header }) => header.msg_type === 'execute_input' || header.msg_type === 'stream'),
        2000,
      ))
    )
      await within(kernel.client.kernel.exited, 300);
    const answered = await within(ask(kernel), 1000);
    const early = run.replyMessage === undefined;
    await kernel.ended(run);
    return answered === true && early;
  };

const beats = async (kernel: Session) => (await kernel.client.heartbeat()) === 'beat';

const history = async (kernel: Session, content: Json): Promise<[number, number, Json][]> =>
  (await kernel.request('history_request', { raw: true, output: false, ...content })).history ?? [];

export const protocol: Group = {
  title: 'Protocol',
  features: [
    feature(
      'A value comes as `execute_result`',
      cells({ typescript: '6 * 7', python: '6 * 7' }, (run) => run.text !== undefined),
    ),
    feature(
      '`execute_input` tells other clients what runs',
      cells(
        { typescript: '6 * 7', python: '6 * 7' },
        (run) => run.of('execute_input')[0]?.content.code === '6 * 7',
      ),
    ),
    feature(
      'A failure comes as `error`, with name, message and trace',
      everywhere(async (kernel) => {
        const run = await kernel.run(fail(kernel));
        const [error] = run.of('error');
        return (
          /Error$/.test(error?.content.ename) &&
          /planned/.test(error?.content.evalue) &&
          error?.content.traceback.length > 0
        );
      }),
    ),
    feature(
      'Every reply, busy and idle of 200 cells sent at once arrives',
      everywhere((kernel) =>
        kernel.another({}, async (other) => {
          const runs = Array.from({ length: 200 }, (_, i) => other.client.startCell(`${i}`));
          const done = runs.map((run) => run.done());
          let before = -1;
          const count = () => runs.filter((run) => run.replyMessage && run.idleAt !== undefined).length;
          while (count() < runs.length && count() > before) {
            before = count();
            await within(Promise.all(done), 3000);
          }
          return runs.every((run) => run.replyMessage && run.status === 'ok' && run.of('status').length >= 2);
        }),
      ),
    ),
    feature(
      '`silent` runs without count, value or history',
      everywhere(async (kernel) => {
        const before = await kernel.ok('1');
        const silent = await kernel.run('2 + 3', { silent: true, store_history: false });
        const after = await kernel.ok('1');
        return (
          silent.status === 'ok' &&
          shown(silent) === '' &&
          after.reply.execution_count === before.reply.execution_count + 1
        );
      }),
    ),
    feature(
      '`store_history: false` does not count',
      everywhere(async (kernel) => {
        const before = await kernel.ok('1');
        await kernel.ok('2', { store_history: false });
        return (await kernel.ok('1')).reply.execution_count === before.reply.execution_count + 1;
      }),
    ),
    feature(
      '`user_expressions`',
      everywhere(async (kernel) => {
        const { reply } = await kernel.ok('1', { user_expressions: { sum: '20 + 3' } });
        return reply.user_expressions?.sum?.data?.['text/plain'] === '23';
      }),
    ),
    feature(
      'An error drops the cells that are queued behind it',
      everywhere(async (kernel) => {
        await kernel.ok('0');
        const first = kernel.client.startCell(fail(kernel));
        const second = kernel.client.startCell(print(kernel, 'queued'));
        await kernel.ended(first);
        await kernel.ended(second);
        return second.status !== 'ok' && second.stdout === '';
      }),
    ),
    feature(
      'A cell that is sent after the error runs at once',
      everywhere(async (kernel) => {
        await kernel.ok('0');
        const first = kernel.client.startCell(fail(kernel));
        await first.until((message) => message.channel === 'shell');
        const second = kernel.client.startCell(print(kernel, 'sent after'));
        await kernel.ended(second);
        return (
          second.status === 'ok' && (await kernel.comes(second, () => /sent after/.test(second.stdout), 1000))
        );
      }),
    ),
    feature(
      '`stop_on_error: false` keeps the queue',
      everywhere(async (kernel) => {
        await kernel.ok('1');
        const first = kernel.client.startCell(fail(kernel), { stop_on_error: false });
        const second = kernel.client.startCell(print(kernel, 'goes on'));
        await kernel.ended(first);
        await kernel.ended(second);
        return (
          second.status === 'ok' && (await kernel.comes(second, () => /goes on/.test(second.stdout), 1000))
        );
      }),
    ),
    feature(
      'History: the last cells',
      everywhere(async (kernel) => {
        await kernel.ok('"the last of the history"');
        const found = await history(kernel, { hist_access_type: 'tail', n: 3 });
        return found.some(([, , code]) => code === '"the last of the history"');
      }),
    ),
    feature(
      'History: a range, with outputs',
      everywhere(async (kernel) => {
        const { reply } = await kernel.ok('"in a range"');
        const count = reply.execution_count;
        const found = await history(kernel, {
          hist_access_type: 'range',
          session: 0,
          start: count,
          stop: count + 1,
          output: true,
        });
        const [input, output] = found[0]?.[2] ?? [];
        return input === '"in a range"' && /in a range/.test(output ?? '');
      }),
    ),
    feature(
      'History: a search by pattern',
      everywhere(async (kernel) => {
        await kernel.ok('"a needle in the history"');
        const found = await history(kernel, { hist_access_type: 'search', pattern: '*needle*', n: 10 });
        return found.some(([, , code]) => code === '"a needle in the history"');
      }),
    ),
    feature(
      'History outlives the kernel',
      everywhere(async (kernel) => {
        const mark = `"kept for later ${kernel.folder.slice(-6)}"`;
        await kernel.another({}, async (other) => {
          await other.ok(mark);
          // ipykernel writes its history from a thread of its own: an orderly end makes it finish.
          await other.shutdown();
        });
        return kernel.another({}, async (other) => {
          const found = await history(other, { hist_access_type: 'tail', n: 20 });
          return found.some(([, , code]) => code === mark);
        });
      }),
    ),
    feature('Input from the user', {
      typescript: asks('await input("Name? ")'),
      deno: asks('prompt("Name? ")'),
      javascript: asks('$$.input({ prompt: "Name? " }, (_error, reply) => $$.done(reply));'),
      python: asks('input("Name? ")'),
    }),
    feature('A password, without showing it', {
      typescript: asks('await input.password("Name? ")', true),
      deno: asks('prompt("Name? ", "", { password: true })', true),
      javascript: asks(
        '$$.input({ prompt: "Name? ", password: true }, (_error, reply) => $$.done(reply));',
        true,
      ),
      python: asks('import getpass; getpass.getpass("Name? ")', true),
    }),
    feature('A comm that a cell opens', {
      ...cells(
        {
          typescript: "globalThis[Symbol.for('jupyter.kernel')].comms.open('target1', { five: 5 }); 0",
          'batchnorm-lab':
            "(globalThis as any)[Symbol.for('jupyter.kernel')].comms.open('target1', { five: 5 }); 0",
          deno: "await Deno.jupyter.broadcast('comm_open', { comm_id: 'comm1', target_name: 'target1', data: { five: 5 } });",
          python:
            'from comm import create_comm\ncomm1 = create_comm(target_name="target1", data={"five": 5})',
        },
        (run) =>
          run
            .of('comm_open')
            .some(({ content }) => content.target_name === 'target1' && content.data.five === 5),
      ),
    }),
    feature('A comm that the browser opens, with messages both ways and binary buffers', {
      typescript: echoes(
        "(globalThis as any)[Symbol.for('jupyter.kernel')].comms.register('echo1', (comm: any) => { comm.onMessage = ({ data, buffers }: any) => comm.send(data, buffers); }); 0",
      ),
      javascript: echoes(
        "globalThis[Symbol.for('jupyter.kernel')].comms.register('echo1', (comm) => { comm.onMessage = ({ data, buffers }) => comm.send(data, buffers); }); 0",
      ),
      python: echoes(
        'def opened1(comm, message):\n  comm.on_msg(lambda m: comm.send(m["content"]["data"], buffers=m["buffers"]))\nget_ipython().kernel.comm_manager.register_target("echo1", opened1)',
      ),
    }),
    feature(
      '`comm_info` lists the open comms',
      everywhere(async (kernel) => {
        const reply = await kernel.request('comm_info_request');
        if (typeof reply.comms !== 'object') return false;
        const run = await kernel.run(
          {
            typescript: "(globalThis as any)[Symbol.for('jupyter.kernel')].comms.open('listed1', {}); 0",
            javascript: "globalThis[Symbol.for('jupyter.kernel')].comms.open('listed1', {}); 0",
            python: 'from comm import create_comm\ncomm2 = create_comm(target_name="listed1")',
          }[kernel.language],
        );
        if (run.status !== 'ok') return 'always empty';
        const { comms } = await kernel.request('comm_info_request');
        return Object.values(comms).some((each) => (each as Json).target_name === 'listed1');
      }),
    ),
    feature(
      'A comm for an unknown target is closed',
      everywhere(async (kernel) => {
        const run = kernel.client.start(
          'comm_open',
          { comm_id: 'unknown1', target_name: 'nobody', data: {} },
          { reply: false },
        );
        return kernel.comes(
          run,
          ({ header, content }) => header.msg_type === 'comm_close' && content.comm_id === 'unknown1',
          1500,
        );
      }),
    ),
    feature(
      'Subshells answer while a cell runs',
      everywhere(async (kernel) => {
        const { subshell_id } = await kernel.request('create_subshell_request', {}, 'control', 1500);
        if (!subshell_id) return false;
        try {
          if (await answersBeside(kernel, subshell_id, busyFor(kernel, 1.5))) return true;
          const waits =
            kernel.language === 'python'
              ? 'import asyncio\nprint("busy", flush=True)\nawait asyncio.sleep(1.5)'
              : 'console.log("busy");\nawait new Promise((resolve) => setTimeout(resolve, 1500));';
          return (await answersBeside(kernel, subshell_id, waits)) && 'while the cell waits';
        } finally {
          await kernel.request('delete_subshell_request', { subshell_id }, 'control', 1500);
        }
      }),
    ),
    feature(
      'A message with a wrong signature is dropped',
      everywhere(async (kernel) => {
        return kernel.listen(async (heard) => {
          const content = {
            code: print(kernel, 'forged'),
            silent: false,
            store_history: true,
            user_expressions: {},
            allow_stdin: false,
            stop_on_error: true,
          };
          kernel.client.sendFrames(
            'shell',
            encode('a wrong key', newHeader('execute_request', kernel.client.session), content),
          );
          await kernel.ok(print(kernel, 'genuine'));
          return (await heard.has(/genuine/)) && !(await heard.has(/forged/, 200));
        });
      }),
    ),
    feature('The heartbeat answers while a cell is busy', everywhere(whileBusy(beats))),
    feature(
      'Completion answers while a cell is busy',
      everywhere(
        whileBusy(async (kernel) => {
          const code = kernel.language === 'python' ? 'pri' : 'Math.sq';
          const reply = await kernel.request('complete_request', { code, cursor_pos: code.length });
          return reply.matches?.length > 0;
        }),
      ),
    ),
    feature(
      'Control messages are answered while a cell is busy',
      everywhere(
        whileBusy(async (kernel) => {
          const reply = await kernel.request('kernel_info_request', {}, 'control' satisfies Channel);
          return typeof reply.protocol_version === 'string';
        }),
      ),
    ),
    feature(
      'Stop by message (`interrupt_request`), which works on Windows and remote kernels too',
      everywhere(async (kernel) => {
        await kernel.ok('0');
        const loop =
          kernel.language === 'python'
            ? 'print("busy", flush=True)\nwhile True: pass'
            : 'console.log("busy");\nfor (;;) {}';
        const run = kernel.client.startCell(loop);
        await kernel.comes(run, () => /busy/.test(run.stdout));
        kernel.client.start('interrupt_request', {}, { channel: 'control' });
        const ended = await kernel.comes(run, ({ channel }) => channel === 'shell', 4000);
        kernel.usable = ended;
        return ended && (await kernel.run('0', {}, 3000)).status === 'ok';
      }),
    ),
    feature(
      '`usage_request`: memory and processor time',
      everywhere(async (kernel) => {
        const reply = await kernel.request('usage_request', {}, 'control', 1500);
        return (reply.content ?? reply).kernel_memory > 0;
      }),
    ),
    feature(
      '`is_complete`: complete, incomplete, invalid',
      everywhere(async (kernel) => {
        const codes =
          kernel.language === 'python'
            ? ['1 + 1', 'def f():', 'a = = 2']
            : ['1 + 1', 'function f() {', 'let = = 2'];
        const found = [];
        for (const code of codes) found.push((await kernel.request('is_complete_request', { code })).status);
        if (found.join() === 'complete,incomplete,invalid') return true;
        return found[0] === 'complete' && found[1] === 'incomplete' ? 'not invalid' : false;
      }),
    ),
    feature(
      'Shutdown is answered, and the process ends',
      everywhere((kernel) =>
        kernel.another({}, async (other) => {
          const run = other.client.start('shutdown_request', { restart: false }, { channel: 'control' });
          const answered = await other.comes(run, ({ channel }) => channel === 'control', 4000);
          const ended = (await within(other.client.kernel.exited, 4000)) !== undefined;
          return answered === ended ? answered : answered ? 'answered, the process stays' : 'not answered';
        }),
      ),
    ),
  ],
};

/** Runs a cell in a subshell beside a cell of the main shell; true when it ends first. */
async function answersBeside(kernel: Session, subshell_id: string, code: string): Promise<boolean> {
  const beside = kernel.client.startCell(code);
  await kernel.comes(beside, () => /busy/.test(beside.stdout));
  const header = { ...newHeader('execute_request', kernel.client.session), subshell_id };
  const answered = kernel.client.next(
    ({ parent_header, channel }) => channel === 'shell' && parent_header.msg_id === header.msg_id,
    'reply of the subshell',
  );
  const content = {
    code: '1 + 1',
    silent: false,
    store_history: false,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  };
  kernel.client.sendFrames('shell', encode(kernel.client.kernel.connection.key, header, content));
  await within(
    answered.catch(() => undefined),
    5000,
  );
  const first = beside.replyMessage === undefined;
  await kernel.ended(beside);
  return first;
}

/** Answers the kernel's question and looks at what the cell then shows. */
function asks(code: string, hidden = false): Probe {
  return async (kernel) => {
    let asked: { prompt: string; password: boolean } | undefined;
    kernel.client.onInput = (prompt, password) => {
      asked = { prompt, password: Boolean(password) };
      return 'Ada';
    };
    try {
      const run = await kernel.run(code, {}, 4000);
      const prompted = asked?.prompt.startsWith('Name?') && asked.password === hidden;
      return run.status === 'ok' && prompted === true && /Ada/.test(shown(run));
    } finally {
      kernel.client.onInput = undefined;
    }
  };
}

/** Opens a comm as the browser does and expects back what it sends. */
function echoes(register: string): Probe {
  return async (kernel) => {
    await kernel.ok(register);
    const id = 'echo-comm-1';
    kernel.client.start('comm_open', { comm_id: id, target_name: 'echo1', data: {} }, { reply: false });
    const back = kernel.client.next(
      ({ header, content }) => header.msg_type === 'comm_msg' && content.comm_id === id,
      'echo',
    );
    back.catch(() => undefined);
    kernel.client.start(
      'comm_msg',
      { comm_id: id, data: { six: 6 } },
      { reply: false, buffers: [Buffer.from([1, 2, 3])] },
    );
    const message = await within(back, 3000);
    if (message?.content.data.six !== 6) return false;
    return message.buffers[0]?.equals(Buffer.from([1, 2, 3])) || 'without buffers';
  };
}
