/** The kinds of cells of a soak. Each does something, foretells what must come of it, and throws when something else comes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelClient } from '../kernel/client.js';
import { descendants, withCommand } from '../kernel/processes.js';
import type { Run } from '../kernel/run.js';
import type { Random } from '../kernel/seeded.js';
import type { Model } from './model.js';
import { PARTS } from './watch.js';

export interface Scene {
  readonly kernel: KernelClient;
  readonly random: Random;
  readonly model: Model;
  readonly folder: string;
  /** Counts the cells of the soak, so that texts differ. */
  readonly step: number;
  /** Output that a finished cell still owes, by what prints it. */
  readonly owed: Map<Run, string>;
}

export class Violation extends Error {
  override readonly name = 'Violation';
}

export function must(condition: boolean, what: string, run?: Run): void {
  if (!condition) throw new Violation(run ? `${what}\n${run}` : what);
}

function same(found: unknown, wanted: unknown, what: string, run?: Run): void {
  must(found === wanted, `${what}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`, run);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const pidOf = (kernel: KernelClient, part: 'runner' | 'checker'): number[] =>
  withCommand(descendants(kernel.kernel.process.pid as number), PARTS[part]);

function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Reads what the session really holds and takes it over, where a stop or a crash leaves more than one possibility. */
async function read(scene: Scene, name: string, allowed: (value: number) => boolean): Promise<void> {
  const text = (await scene.kernel.ok(name)).text;
  must(allowed(Number(text)), `${name} holds ${text} after a stop`);
  scene.model.values.set(name, Number(text));
}

/** A cell that assigns, and so needs a name with a number. */
async function number(scene: Scene): Promise<string> {
  const known = scene.model.numberName(scene.random);
  if (known !== undefined) return known;
  const name = scene.model.anyName(scene.random);
  await scene.kernel.ok(`let ${name} = 1`);
  scene.model.declare(name, 1);
  return name;
}

/** The runner's names are gone; the checker and the runner must agree that they are. */
async function lost(scene: Scene): Promise<void> {
  const [name] = scene.model.values.keys();
  scene.model.clear();
  scene.owed.clear();
  if (name === undefined) return;
  const run = await scene.kernel.execute(name, { stop_on_error: false });
  must(
    run.status === 'error' && run.traceback.includes(`Cannot find name '${name}'`),
    `${name} outlived its runner`,
    run,
  );
}

export const KINDS: Record<string, { readonly weight: number; run(scene: Scene): Promise<void> }> = {
  small: {
    weight: 30,
    async run({ kernel, model, random, step }) {
      const name = model.anyName(random);
      const value = random.below(2) === 0 ? step : `text ${step}`;
      const run = await kernel.ok(`let ${name} = ${JSON.stringify(value)};\n${name}`);
      same(run.text, typeof value === 'number' ? String(value) : `'${value}'`, 'the value of a cell', run);
      model.declare(name, value);
    },
  },
  assign: {
    weight: 25,
    async run(scene) {
      const name = await number(scene);
      const before = scene.model.values.get(name) as number;
      const by = scene.random.below(100);
      const run = await scene.kernel.ok(`${name} += ${by};\n${name}`);
      same(run.text, String(before + by), `${name} += ${by}`, run);
      scene.model.values.set(name, before + by);
    },
  },
  reader: {
    weight: 8,
    async run({ kernel, model, random }) {
      const [name] = [...model.values.keys()].slice(random.below(model.values.size));
      if (name === undefined) return;
      const reader = `read${random.below(6)}`;
      await kernel.ok(`function ${reader}(): unknown { return ${name} }`);
      model.readers.set(reader, name);
    },
  },
  all: {
    weight: 20,
    async run({ kernel, model }) {
      const { code, shows } = model.all();
      const run = await kernel.ok(`console.log(${code})`);
      same(run.stdout, `${shows}\n`, 'the names of the session', run);
    },
  },
  output: {
    weight: 12,
    async run({ kernel, random, step }) {
      const lines = random.pick([1, 10, 300, 5000]);
      const waits = random.below(2) === 0 ? '' : ' if (i % 50 === 0) await null;';
      const run = await kernel.ok(`for (let i = 0; i < ${lines}; i++) { console.log(${step}, i);${waits} }`);
      same(
        run.stdout,
        Array.from({ length: lines }, (_, i) => `${step} ${i}\n`).join(''),
        'what a cell printed',
        run,
      );
    },
  },
  displays: {
    weight: 6,
    async run({ kernel, random }) {
      const count = 1 + random.below(40);
      const run = await kernel.ok(
        `const shown = await display('0', { id: 'shown' });\nfor (let i = 1; i <= ${count}; i++) display.text(String(i));\nconsole.log('between');\nawait shown.update('again');`,
      );
      same(
        run.displays.map(({ data }) => data['text/plain'].replaceAll("'", '')).join(),
        Array.from({ length: count + 1 }, (_, i) => i).join(),
        'what a cell displayed',
        run,
      );
      same(run.of('update_display_data').length, 1, 'updates of a display', run);
    },
  },
  import: {
    weight: 8,
    async run({ kernel, random, folder, step }) {
      const file = `local${random.below(4)}`;
      writeFileSync(
        join(folder, `${file}.ts`),
        `export const step: number = ${step};\nexport const twice = () => step * 2;\n`,
      );
      const run = await kernel.ok(
        `import { step as ${file}Step, twice as ${file}Twice } from './${file}.js';\n[${file}Step, ${file}Twice()].join()`,
      );
      same(run.text, `'${step},${step * 2}'`, 'what an edited file exports', run);
    },
  },
  error: {
    weight: 8,
    async run(scene) {
      const name = await number(scene);
      const [code, ename] = scene.random.pick([
        ['throw new Error("meant")', 'Error'],
        ['null!.x', 'TypeError'],
        ['await Promise.reject(new RangeError("meant"))', 'RangeError'],
        ['JSON.parse("{")', 'SyntaxError'],
        ['(function deep(): void { deep() })()', 'RangeError'],
        ['process.exit(3)', 'ProcessExit'],
      ]);
      const run = await scene.kernel.fails(
        `${name} = ${scene.step};\n${code.replace('null!.x', '(null as unknown as { x: number }).x')};\n${name} = -1`,
      );
      same(run.reply.ename, ename, 'the error of a cell', run);
      scene.model.values.set(name, scene.step);
    },
  },
  refused: {
    weight: 8,
    async run(scene) {
      const name = await number(scene);
      const code = scene.random.pick([
        `const n: string = ${name}`,
        `${name} = [1]`,
        'let x = (',
        'nobodyKnows()',
        `${name}.nothing`,
      ]);
      const run = await scene.kernel.fails(`${name} = -5;\n${code}`);
      must(/TypeCheckError|SyntaxError/.test(run.reply.ename), 'a cell with an error of type or syntax', run);
    },
  },
  late: {
    weight: 6,
    async run({ kernel, random, owed, step }) {
      const count = 1 + random.below(5);
      const run = await kernel.ok(
        `for (let i = 0; i < ${count}; i++) setTimeout(() => console.log('late', ${step}, i), ${random.below(300)} + i * 10);\nconsole.log('first')`,
      );
      owed.set(run, `first\n${Array.from({ length: count }, (_, i) => `late ${step} ${i}\n`).join('')}`);
    },
  },
  comm: {
    weight: 6,
    async run({ kernel, random, step }) {
      const target = `soak${step}`;
      await kernel.ok(
        `let heard${step % 5} = 0;\n(globalThis as any)[Symbol.for('jupyter.kernel')].comms.register('${target}', (comm: any) => {\n  comm.onMessage = ({ data, buffers }: any) => { heard${step % 5} += data.by; comm.send({ sum: heard${step % 5} }, buffers) };\n});`,
      );
      await kernel.comm('open', { comm_id: target, target_name: target, data: {} });
      let sum = 0;
      for (let time = 0; time < 1 + random.below(5); time++) {
        const by = random.below(10);
        sum += by;
        const bytes = Buffer.alloc(random.below(5000), time);
        const answered = kernel.next(
          ({ content, header }) => header.msg_type === 'comm_msg' && content.comm_id === target,
          'answer of a comm',
        );
        const sent = await kernel.comm('msg', { comm_id: target, data: { by } }, [bytes]);
        const answer = await answered;
        same(answer.content.data.sum, sum, 'the answer of a comm', sent);
        must(answer.buffers[0]?.equals(bytes) === true, 'the buffer of a comm came back changed', sent);
        kernel.forget(sent);
      }
      await kernel.comm('close', { comm_id: target, data: {} });
    },
  },
  questions: {
    weight: 8,
    async run(scene) {
      const { kernel, random } = scene;
      const name = await number(scene);
      const running = kernel.startCell(
        'console.log("busy");\nawait new Promise((done) => setTimeout(done, 60));\n"rested"',
      );
      await running.printed('busy');
      const asked = [
        kernel.start('complete_request', { code: `${name}.toF`, cursor_pos: name.length + 4 }),
        kernel.start('inspect_request', { code: name, cursor_pos: name.length, detail_level: 0 }),
        kernel.start('is_complete_request', { code: random.pick(['1', '(', 'function f() {', 'const']) }),
        kernel.start('kernel_info_request', {}, { channel: random.pick(['shell', 'control']) }),
        kernel.start('history_request', { hist_access_type: 'tail', n: 3, output: false, raw: true }),
        kernel.start('comm_info_request', {}),
      ];
      for (const run of asked) await kernel.finish(run);
      must(
        asked[0].reply.matches.some((match: string) => match.includes('toFixed')),
        `completion of ${name}.toF`,
        asked[0],
      );
      must(asked[1].reply.found, `inspection of ${name}`, asked[1]);
      await kernel.finish(running);
      same(running.text, "'rested'", 'the cell that ran meanwhile', running);
      for (const run of [...asked, running]) kernel.forget(run);
    },
  },
  interrupt: {
    weight: 10,
    async run(scene) {
      const { kernel, random, model } = scene;
      const name = await number(scene);
      const before = model.values.get(name) as number;
      const loop = random.pick([
        `for (;;) ${name}++`,
        `for (;;) { ${name}++; console.log(${name}) }`,
        `for (;;) { ${name}++; await null }`,
        `for (;;) { ${name}++; await new Promise((later) => setTimeout(later, 1)) }`,
        `setInterval(() => ${name}++, 1);\nawait new Promise(() => {})`,
        `for (let i = 0; i < ${random.pick([1e5, 1e6, 1e7])}; i++) ${name}++`,
        `${name}++;\nawait new Promise((later) => setTimeout(later, ${random.below(80)}))`,
      ]);
      const run = kernel.startCell(`console.log('begun');\n${loop}`);
      if (random.below(4) > 0) await run.printed('begun');
      await pause(random.below(random.pick([3, 30, 150])));
      for (let time = 0; time < random.pick([1, 1, 1, 5]); time++)
        void kernel.start('interrupt_request', {}, { channel: 'control' });
      await kernel.finish(run);
      must(run.status === 'ok' || run.reply.ename === 'Interrupted', 'the end of a stopped cell', run);
      scene.owed.clear();
      // Whatever it came to, it must stand still now.
      await kernel.interrupt();
      await read(scene, name, (value) => value >= before);
      await pause(5);
      same(
        (await kernel.ok(name)).text,
        String(model.values.get(name)),
        `${name}, which a stopped cell still changes`,
      );
    },
  },
  queue: {
    weight: 6,
    async run(scene) {
      const { kernel, random, model, step } = scene;
      const name = await number(scene);
      const cells = 2 + random.below(5);
      const failing = random.below(cells * 2);
      // One that fails at once may have ended before a busy machine has delivered the others, which then run.
      const surely = random.below(2) === 0;
      const fail = `${surely ? 'await new Promise((later) => setTimeout(later, 300));\n' : ''}throw new Error("meant")`;
      const runs = Array.from({ length: cells }, (_, at) =>
        kernel.startCell(at === failing ? fail : `${name} = ${step * 10 + at};\n${name}`),
      );
      for (const run of runs) await kernel.finish(run);
      let late = false;
      for (const [at, run] of runs.entries()) {
        late ||= !surely && at > failing && run.status === 'ok';
        const ran = at < failing || late;
        same(run.status, ran ? 'ok' : at === failing ? 'error' : 'aborted', `cell ${at} of a queue`, run);
        if (ran) model.values.set(name, step * 10 + at);
        kernel.forget(run);
      }
    },
  },
  input: {
    weight: 4,
    async run({ kernel, step }) {
      kernel.onInput = (prompt, password) => `${prompt}${password} ${step}`;
      const run = await kernel.ok(
        'const typed = [await input("a"), await input.password("b")];\ntyped.join(" ")',
      );
      kernel.onInput = undefined;
      same(run.text, `'afalse ${step} btrue ${step}'`, 'what was typed', run);
    },
  },
  checkerDies: {
    weight: 3,
    async run(scene) {
      const name = await number(scene);
      const run = scene.kernel.startCell(`${name} = ${scene.step};\n${name}`);
      await pause(scene.random.below(12));
      kill(pidOf(scene.kernel, 'checker'));
      await scene.kernel.finish(run);
      same(run.status === 'ok' && run.text, String(scene.step), 'a cell whose checker was killed', run);
      scene.model.values.set(name, scene.step);
    },
  },
  runnerDies: {
    weight: 2,
    async run(scene) {
      const { kernel, random } = scene;
      await number(scene);
      const own = random.pick([
        undefined,
        'process.abort()',
        'process.kill(process.pid, "SIGKILL");\nawait new Promise(() => {})',
      ]);
      const run = kernel.startCell(
        own ?? `console.log('begun');\nawait new Promise((later) => setTimeout(later, 40));\n"survived"`,
      );
      if (own === undefined) {
        await pause(random.below(60));
        kill(pidOf(kernel, 'runner'));
      }
      await kernel.finish(run);
      if (run.status === 'ok') same(run.text, "'survived'", 'a cell that ended before its runner', run);
      else
        must(
          /All variables are lost/.test(run.reply.evalue),
          'what a cell says whose runner was killed',
          run,
        );
      // The death may be noticed only now; a cell that runs into it says so.
      if (run.status === 'ok') await run.printed('All variables are lost', 'stderr');
      await lost(scene);
    },
  },
};
