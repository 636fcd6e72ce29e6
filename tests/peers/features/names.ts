/** The names that cells share. */
import { feature, type Group, runs, shows } from '../feature.js';

export const names: Group = {
  title: 'Names',
  features: [
    feature('`let`, `const` and `class` may be declared again, as anything', {
      typescript: async (kernel) => {
        const failed: string[] = [];
        const kinds = {
          let: 'let again# = "again";',
          const: 'const again# = "again";',
          class: 'class again# {}',
        };
        for (const [kind, cell] of Object.entries(kinds)) {
          await kernel.ok(cell.replace('#', kind));
          const runs = [await kernel.run(cell.replace('#', kind)), await kernel.run(`let again${kind} = 5;`)];
          if (runs.some((run) => run.status !== 'ok') || (await kernel.shown(`again${kind}`)) !== '5')
            failed.push(kind);
        }
        return failed.length === 3 ? false : failed.length === 0 || `not \`${failed.join('`, `')}\``;
      },
      python: shows("'text'", 'again1 = 1', 'class again1: pass', 'again1 = "text"', 'again1'),
    }),
    feature('A function sees what a later cell assigns', {
      typescript: shows(
        '2',
        'let rate1 = 1;\nfunction getRate1() { return rate1; }',
        'rate1 = 2;',
        'getRate1()',
      ),
      python: shows('2', 'rate1 = 1\ndef get_rate1(): return rate1', 'rate1 = 2', 'get_rate1()'),
    }),
    feature('A function sees what a later cell declares anew', {
      typescript: shows(
        '2',
        'let rate2 = 1;\nfunction getRate2() { return rate2; }',
        'let rate2 = 2;',
        'getRate2()',
      ),
      python: shows('2', 'rate2 = 1\ndef get_rate2(): return rate2', 'rate2 = 2', 'get_rate2()'),
    }),
    feature('Interfaces and types are known to later cells', {
      typescript: runs(
        'interface Point1 { x: number }\ntype Points1 = Point1[];',
        'const points1: Points1 = [{ x: 1 }];\npoints1',
      ),
      javascript: null,
      python: null,
    }),
    feature('What was assigned before a cell threw stays', {
      typescript: async (kernel) => {
        await kernel.run('let before1 = 7;\nthrow new Error("stop here");');
        return (await kernel.shown('before1')) === '7';
      },
      python: async (kernel) => {
        await kernel.run('before1 = 7\nraise ValueError("stop here")');
        return (await kernel.shown('before1')) === '7';
      },
    }),
    feature("A cell may declare a name of the runtime's own, such as `structuredClone`", {
      typescript: shows('5', 'const structuredClone = 5;', 'structuredClone'),
      python: shows('5', 'ascii = 5', 'ascii'),
    }),
    feature('`eval` sees the names of cells', {
      typescript: async (kernel) => {
        await kernel.ok('let seen1 = 5;');
        return (await kernel.shown('eval("seen1")')) === '5';
      },
      python: shows('5', 'seen1 = 5', 'eval("seen1")'),
    }),
    feature('`_` is the last value, `Out[n]` that of a cell', {
      typescript: async (kernel) => {
        const value = await kernel.ok('40 + 2');
        const last = await kernel.run('_');
        const numbered = await kernel.run(`Out[${value.reply.execution_count}]`);
        const found = [last, numbered].map((run) => /\b42\b/.test(run.text ?? run.stdout));
        return found[0] === found[1] ? found[0] : found[0] ? '`_` only' : '`Out` only';
      },
      python: async (kernel) => {
        const value = await kernel.ok('40 + 2');
        const count = value.reply.execution_count;
        return (await kernel.shown('_')) === '42' && (await kernel.shown(`Out[${count}]`)) === '42';
      },
    }),
  ],
};
