/** Types, and syntax. */
import { feature, type Group } from '../feature.js';
import { said } from '../session.js';

export const types: Group = {
  title: 'Types',
  features: [
    feature('A cell with a wrong type is refused before any of it runs', {
      typescript: async (kernel) => {
        const run = await kernel.run('console.log("ran");\nconst wrong1: string = 5;');
        return run.status === 'error' && !run.stdout.includes('ran');
      },
      javascript: async (kernel) => {
        const run = await kernel.run('console.log("ran");\n"text".noSuchMethod();');
        return run.status === 'error' && !run.stdout.includes('ran');
      },
      python: async (kernel) => {
        const run = await kernel.run('print("ran")\nwrong1: str = 5');
        return run.status === 'error' && !run.stdout.includes('ran');
      },
    }),
    feature('A name that does not exist is found before anything runs', {
      typescript: async (kernel) => {
        const run = await kernel.run('console.log("ran");\nnoSuchName1;');
        return run.status === 'error' && !run.stdout.includes('ran');
      },
      python: async (kernel) => {
        const run = await kernel.run('print("ran")\nno_such_name1');
        return run.status === 'error' && !run.stdout.includes('ran');
      },
    }),
    feature('All type errors of a cell at once, each with its source line and a mark below the place', {
      typescript: async (kernel) => {
        const run = await kernel.run('const bad1: string = 5;\nconst good = 1;\nconst bad2: number = "x";');
        const text = said(run);
        if (run.status !== 'error' || !/\b1:7\b/.test(text) || !/\b3:7\b/.test(text)) return false;
        return /bad1: string = 5;\n.*[~^]/.test(text) && /bad2: number = "x";\n.*[~^]/.test(text)
          ? true
          : 'line and column only';
      },
      python: null,
    }),
    feature('A refused cell leaves no trace', {
      typescript: async (kernel) => {
        const run = await kernel.run('let trace1: number = 1;\nconst trace2: string = trace1;');
        if (run.status !== 'error') return false;
        const after = await kernel.run('trace1');
        return after.status === 'error';
      },
      javascript: null,
      python: null,
    }),
    feature("The types of earlier cells' names hold in later cells", {
      typescript: async (kernel) => {
        await kernel.ok('let typed1 = 5;');
        return (await kernel.run('typed1 = "text";')).status === 'error';
      },
      python: async (kernel) => {
        await kernel.ok('typed1: int = 5');
        return (await kernel.run('typed1 = "text"')).status === 'error';
      },
    }),
    feature('Strict: a parameter without a type, and null where none may be, are errors', {
      typescript: async (kernel) => {
        const implicit = (await kernel.run('function loose1(x) { return x; }')).status === 'error';
        const nulls = (await kernel.run('const none1: string = null;')).status === 'error';
        return implicit === nulls ? implicit : nulls ? 'null only' : 'parameters only';
      },
      javascript: null,
      python: null,
    }),
    feature("The notebook folder's tsconfig.json is honoured", {
      typescript: (kernel) =>
        kernel.another(
          { files: { 'tsconfig.json': '{ "compilerOptions": { "noUncheckedIndexedAccess": true } }' } },
          async (other) => {
            const run = await other.run('const list1: number[] = [1];\nconst first1: number = list1[0];');
            return run.status === 'error' && /undefined/.test(said(run));
          },
        ),
      javascript: null,
      python: null,
    }),
    feature('A syntax error runs nothing', {
      typescript: async (kernel) => {
        const run = await kernel.run('console.log("ran");\nconst = 5;');
        return run.status === 'error' && !run.stdout.includes('ran');
      },
      python: async (kernel) => {
        const run = await kernel.run('print("ran")\ndef = 5');
        return run.status === 'error' && !run.stdout.includes('ran');
      },
    }),
    feature('A syntax error says where it is', {
      typescript: async (kernel) => /\b2:7\b|line 2\b|>:2\b/.test(said(await kernel.run('1;\nconst = 5;'))),
      python: async (kernel) => /line 2\b/.test(said(await kernel.run('1\ndef = 5'))),
    }),
  ],
};
