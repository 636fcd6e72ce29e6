/** Short ways that one kernel or another has. A kernel may have its own spelling; the title says the wish. */

import { plain } from '../../kernel/message.js';
import type { Run } from '../../kernel/run.js';
import { cells, everywhere, feature, type Group, type Probe } from '../feature.js';
import { bundles, type Session, shown, within } from '../session.js';

/** A cell that is spelled alike everywhere. */
const alike =
  (code: string, look: (run: Run, kernel: Session) => boolean | Promise<boolean>): Probe =>
  async (kernel) => {
    const run = await kernel.run(code, {}, 15_000);
    return run.status === 'ok' && look(run, kernel);
  };

const prints = (pattern: RegExp) => async (run: Run, kernel: Session) =>
  kernel.comes(run, () => pattern.test(run.stdout + run.stderr + shown(run)), 1000);

const pages = (pattern: RegExp) => (run: Run) =>
  pattern.test(plain(run.reply.payload?.[0]?.data?.['text/plain'] ?? ''));

/** In the pager, or below the cell. */
const tells = (pattern: RegExp) => (run: Run) =>
  pages(pattern)(run) || bundles(run).some((bundle) => pattern.test(bundle['text/plain'] ?? ''));

export const conveniences: Group = {
  title: 'Short ways',
  features: [
    feature('`name?` opens the help', {
      typescript: alike('parseInt?', tells(/radix/)),
      python: alike('len?', pages(/number of items/)),
    }),
    feature(
      '`name??` opens the source',
      everywhere(async (kernel) => {
        const python = kernel.language === 'python';
        await kernel.ok(
          python ? 'def paged1(x): return x * 31337' : 'function paged1(x = 1) { return x * 31337; }',
        );
        return alike('paged1??', tells(/31337/))(kernel);
      }),
    ),
    feature(
      'Shell commands in a cell (`!ls`)',
      everywhere(alike('!echo from the shell', prints(/from the shell/))),
    ),
    feature(
      'A cell in another language (`%%bash`)',
      everywhere(alike('%%bash\necho from bash', prints(/from bash/))),
    ),
    feature(
      'A cell of HTML or Markdown (`%%html`)',
      everywhere(
        alike('%%html\n<b>from a cell</b>', (run) =>
          bundles(run).some((bundle) => /from a cell/.test(bundle['text/html'] ?? '')),
        ),
      ),
    ),
    feature(
      'How long an expression takes (`%time`)',
      everywhere(alike('%time 6 * 7', prints(/\d\s*(ns|µs|μs|us|ms|s)\b/))),
    ),
    feature(
      '… measured many times (`%timeit`)',
      everywhere(alike('%timeit -n 10 -r 2 6 * 7', prints(/\d\s*(ns|µs|μs|us|ms|s)\b/))),
    ),
    feature(
      'A cell is written to a file (`%%writefile`)',
      everywhere(async (kernel) => {
        await kernel.run('%%writefile written1.txt\nfrom a cell');
        const check =
          kernel.language === 'python'
            ? 'open("written1.txt").read()'
            : "process.getBuiltinModule('node:fs').readFileSync('written1.txt', 'utf8')";
        const js = "require('fs').readFileSync('written1.txt', 'utf8')";
        const run = await kernel.run(kernel.language === 'javascript' ? js : check);
        return run.status === 'ok' && /from a cell/.test(shown(run));
      }),
    ),
    feature('A file is run in the session (`%run`)', {
      typescript: async (kernel) => {
        kernel.write({ 'ran1.ts': 'export const fromFile1: number = 71;\n' });
        await kernel.run('%run ran1.ts');
        const run = await kernel.run('fromFile1');
        return run.status === 'ok' && /71/.test(shown(run));
      },
      javascript: async (kernel) => {
        kernel.write({ 'ran1.js': 'fromFile1 = 71;\n' });
        await kernel.run('%run ran1.js');
        const run = await kernel.run('fromFile1');
        return run.status === 'ok' && /71/.test(shown(run));
      },
      python: async (kernel) => {
        kernel.write({ 'ran1.py': 'from_file1 = 71\n' });
        await kernel.ok('%run ran1.py');
        return (await kernel.shown('from_file1')) === '71';
      },
    }),
    feature(
      'A list of the names and their values (`%whos`)',
      everywhere(async (kernel) => {
        await kernel.ok(kernel.language === 'python' ? 'listed1 = 41 + 1' : 'var listed1 = 41 + 1;');
        return alike('%whos', prints(/listed1\D+42/))(kernel);
      }),
    ),
    feature(
      'All names are forgotten (`%reset`)',
      everywhere((kernel) =>
        kernel.another({}, async (other) => {
          await other.ok(other.language === 'python' ? 'forgotten1 = 1' : 'var forgotten1 = 1;');
          const reset = await other.run('%reset -f');
          return reset.status === 'ok' && (await other.run('forgotten1')).status === 'error';
        }),
      ),
    ),
    feature(
      'A profile of where the time goes (`%prun`)',
      everywhere(async (kernel) => {
        const run = await kernel.run(
          kernel.language === 'python' ? '%prun sum(range(1000))' : '%prun [1, 2, 3].map((x) => x + 1)',
        );
        if (run.status !== 'ok') return false;
        return pages(/calls|self|total/)(run) || prints(/calls|self|total/)(run, kernel);
      }),
    ),
    feature(
      'A cell looks back into the failed one (`%debug`)',
      everywhere(async (kernel) => {
        await kernel.run(
          kernel.language === 'python'
            ? 'def inner1():\n  inside1 = 77\n  raise ValueError("look back")\ninner1()'
            : 'function inner1() { const inside1 = 77; throw new Error("look back"); }\ninner1();',
        );
        const asked: string[] = [];
        kernel.client.onInput = (prompt) => {
          asked.push(prompt);
          return asked.length === 1 ? 'p inside1' : 'q';
        };
        try {
          const run = await kernel.run('%debug', {}, 5000);
          return run.status === 'ok' && asked.length > 0 && /77/.test(run.stdout);
        } finally {
          kernel.client.onInput = undefined;
        }
      }),
    ),
    feature('`prompt`, `confirm` and `alert` as in a browser', {
      typescript: async (kernel) => {
        kernel.client.onInput = (question) => (/Sure/.test(question) ? 'y' : 'Ada');
        try {
          const name = await kernel.run('prompt("Name?")', {}, 4000);
          const sure = await kernel.run('confirm("Sure?")', {}, 4000);
          const told = await kernel.run('alert("told"); 5', {}, 4000);
          return /Ada/.test(shown(name)) && /true/.test(shown(sure)) && told.status === 'ok';
        } finally {
          kernel.client.onInput = undefined;
        }
      },
      python: null,
    }),
    feature(
      'A cell sends any Jupyter message (`broadcast`)',
      cells(
        {
          typescript:
            'await Deno.jupyter.broadcast("display_data", { data: { "text/plain": "broadcast1" }, metadata: {}, transient: {} })',
          python:
            'kernel1 = get_ipython().kernel\nkernel1.session.send(kernel1.iopub_socket, "display_data", {"data": {"text/plain": "broadcast1"}, "metadata": {}, "transient": {}}, parent=kernel1.get_parent())',
        },
        (run, kernel) =>
          kernel.comes(run, ({ content }) => content.data?.['text/plain'] === 'broadcast1', 1000),
      ),
    ),
    feature('A cell puts text into the next cell (`set_next_input`)', {
      typescript: alike('display.nextCell("1 + 1")', (run) =>
        run.reply.payload?.some(({ source }: { source: string }) => source === 'set_next_input'),
      ),
      python: alike('get_ipython().set_next_input("1 + 1")', (run) =>
        run.reply.payload?.some(({ source }: { source: string }) => source === 'set_next_input'),
      ),
    }),
    feature('A library follows each cell (hooks before and after a cell)', {
      typescript: alike(
        "let endHook1 = (globalThis as any)[Symbol.for('jupyter.kernel')].events.on('postRunCell', () => console.log('hooked'))",
        async (_run, kernel) => {
          const next = await kernel.run('1');
          const hooked = await kernel.comes(next, () => /hooked/.test(next.stdout), 500);
          await kernel.run('endHook1()');
          return hooked;
        },
      ),
      python: alike(
        'get_ipython().events.register("post_run_cell", lambda result: print("hooked"))',
        async (_run, kernel) => {
          const next = await kernel.run('1');
          await within(
            kernel.run(
              'get_ipython().events.reset_all() if hasattr(get_ipython().events, "reset_all") else None',
            ),
            1000,
          );
          return kernel.comes(next, () => /hooked/.test(next.stdout), 500);
        },
      ),
    }),
  ],
};
