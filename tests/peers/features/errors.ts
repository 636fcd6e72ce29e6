/** What a cell's error says. */
import { feature, type Group, type Probe } from '../feature.js';
import { said } from '../session.js';

/** A probe for a pattern in what a failing cell says. */
const says =
  (pattern: RegExp, cell: string): Probe =>
  async (kernel) => {
    const run = await kernel.run(cell);
    return run.status === 'error' && pattern.test(said(run));
  };

/** Frames of the kernel or of what it runs on, which are none of the user's business. */
const KERNEL_FRAMES = /node:internal|node:vm|node_modules|\bext:|\[eval\]|IPython\/core|ipykernel/;

export const errors: Group = {
  title: 'Errors',
  features: [
    feature('A trace names the cell and its line, in the source as it was written', {
      typescript: async (kernel) => {
        const run = await kernel.run(
          'interface Erased1 {\n  a: number;\n}\n\nconst erased1: Erased1 = { a: 1 };\nthrow new Error(String(erased1.a));',
        );
        const count = run.reply.execution_count;
        const text = said(run);
        if (!/:6:\d/.test(text)) return false;
        return text.includes(`[${count}]`) || 'the line only';
      },
      javascript: async (kernel) => {
        const run = await kernel.run('// 1\n// 2\n// 3\n// 4\n// 5\nthrow new Error("here");');
        const text = said(run);
        if (!/:6:\d/.test(text)) return false;
        return text.includes(`[${run.reply.execution_count}]`) || 'the line only';
      },
      python: async (kernel) => {
        const run = await kernel.run('# 1\n# 2\n# 3\n# 4\n# 5\nraise ValueError("here")');
        return new RegExp(`\\[${run.reply.execution_count}\\], line 6\\b`).test(said(run));
      },
    }),
    feature('A trace shows the source line', {
      typescript: says(/throw new Error\("shown line"\)/, '1;\nthrow new Error("shown line");'),
      python: says(/raise ValueError\("shown line"\)/, '1\nraise ValueError("shown line")'),
    }),
    feature('A trace goes through functions of other cells and names them', {
      typescript: async (kernel) => {
        const defined = await kernel.ok(
          'function thrower1(): void {\n  throw new Error("from the other cell");\n}',
        );
        const run = await kernel.run('// 1\n// 2\nthrower1();');
        const [first, second] = [defined, run].map((each) => each.reply.execution_count);
        return said(run).includes(`[${first}]:2`) && said(run).includes(`[${second}]:3`);
      },
      javascript: async (kernel) => {
        const defined = await kernel.ok(
          'function thrower1() {\n  throw new Error("from the other cell");\n}',
        );
        const run = await kernel.run('// 1\n// 2\nthrower1();');
        const [first, second] = [defined, run].map((each) => each.reply.execution_count);
        return said(run).includes(`[${first}]:2`) && said(run).includes(`[${second}]:3`);
      },
      python: async (kernel) => {
        const defined = await kernel.ok('def thrower1():\n  raise ValueError("from the other cell")');
        const run = await kernel.run('# 1\n# 2\nthrower1()');
        const [first, second] = [defined, run].map((each) => each.reply.execution_count);
        return said(run).includes(`[${first}], line 2`) && said(run).includes(`[${second}], line 3`);
      },
    }),
    feature('A trace has no frames of the kernel', {
      typescript: async (kernel) => {
        const text = said(await kernel.run('throw new Error("a bare trace");'));
        return /a bare trace/.test(text) && !KERNEL_FRAMES.test(text);
      },
      python: async (kernel) => {
        const text = said(await kernel.run('raise ValueError("a bare trace")'));
        return /a bare trace/.test(text) && !KERNEL_FRAMES.test(text);
      },
    }),
    feature("An error's cause is shown", {
      typescript: says(/the cause/, 'throw new Error("the effect", { cause: new TypeError("the cause") });'),
      python: says(/the cause/, 'raise ValueError("the effect") from TypeError("the cause")'),
    }),
    feature('All errors of an `AggregateError` are shown', {
      typescript: says(
        /(?=[\s\S]*the one)(?=[\s\S]*the other)/,
        'throw new AggregateError([new Error("the one"), new Error("the other")], "both");',
      ),
      python: says(
        /(?=[\s\S]*the one)(?=[\s\S]*the other)/,
        'raise ExceptionGroup("both", [ValueError("the one"), ValueError("the other")])',
      ),
    }),
    feature('A value that throws while it is shown says why, and nothing else is harmed', {
      typescript: async (kernel) => {
        const told = await kernel.listen(async (heard) => {
          await kernel.run(
            '({ [Symbol.for("nodejs.util.inspect.custom")]() { throw new Error("cannot be" + " shown"); } })',
          );
          return heard.has(/cannot be shown/, 1000);
        });
        const after = await kernel.run('2 * 4', {}, 5000);
        return told && after.status === 'ok';
      },
      python: async (kernel) => {
        const told = await kernel.listen(async (heard) => {
          await kernel.run(
            'class Thrower3:\n  def __repr__(self): raise ValueError("cannot be" + " shown")\nThrower3()',
          );
          return heard.has(/cannot be shown/, 1000);
        });
        const after = await kernel.run('2 * 4', {}, 5000);
        return told && after.status === 'ok';
      },
    }),
    feature('An infinite recursion is an error like any other', {
      typescript: says(/Maximum call stack/, 'function deep1(): number { return 1 + deep1(); }\ndeep1();'),
      javascript: says(/Maximum call stack/, 'function deep1() { return 1 + deep1(); }\ndeep1();'),
      python: says(/recursion/, 'def deep1(): return 1 + deep1()\ndeep1()'),
    }),
  ],
};
