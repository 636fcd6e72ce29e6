/** What happens while cells run: output, Stop, and what a cell may do to its process. */
import { everywhere, type Feature, feature, type Group, type Probe, unsteady } from '../feature.js';
import { stretched, within } from '../session.js';

/** A cell that waits busily for a second and a half between two lines. */
const BUSY = {
  typescript:
    'console.log("first line");\nconst until1 = Date.now() + 1500;\nwhile (Date.now() < until1);\nconsole.log("last line");',
  javascript:
    'console.log("first line");\nvar until1 = Date.now() + 1500;\nwhile (Date.now() < until1);\nconsole.log("last line");',
  python:
    'import time\nprint("first line")\nuntil1 = time.time() + 1.5\nwhile time.time() < until1: pass\nprint("last line")',
};

/** Stops a cell that has printed a line, and asks whether the names and the kernel are still there. */
const stops =
  (cell: string, name = 'let kept1 = 7;'): Probe =>
  async (kernel) => {
    await kernel.ok(name);
    const run = kernel.client.startCell(cell);
    if (!(await kernel.comes(run, () => /running/.test(run.stdout)))) return false;
    if (!(await kernel.stop(run))) {
      const next = async (code: string) =>
        (await kernel.run(code, {}, 3000).catch(() => undefined))?.status === 'ok';
      if (!(await next('1 + 1'))) return false;
      return (await next('kept1')) ? 'no reply, but cells run again' : 'no reply, and the names are lost';
    }
    const after = await kernel.run('kept1');
    return after.status === 'ok' && /7/.test(after.text ?? after.stdout) ? true : 'without the names';
  };

/** Asks a kernel that has done nothing yet. */
const fresh =
  (probe: Probe): Probe =>
  (kernel) =>
    kernel.another({}, probe);

/** Runs what ends a process, then asks for a name of before. */
const survives =
  (cell: string, env: Record<string, string> = {}, wait = 6000): Probe =>
  (kernel) =>
    kernel.another({ env }, async (other) => {
      const python = other.language === 'python';
      await other.ok(python ? 'kept1 = 7' : 'let kept1 = 7;');
      const run = other.client.startCell(cell);
      await other.ended(run, wait);
      // The process may still be about to end when the reply is here.
      await within(other.client.kernel.exited, 300);
      const after = await other.run('2 * 4', {}, 5000);
      if (after.status !== 'ok' || !/8/.test(after.text ?? after.stdout)) return false;
      return (await other.run('kept1')).status === 'ok' ? true : 'without the names';
    });

const HEAP = '--max-old-space-size=150';
const hog = 'const hog1 = [];\nfor (;;) hog1.push(new Array(100_000).fill(hog1.length));';

const stopFeatures: Feature[] = [
  feature('Stop ends an endless loop and keeps the names', {
    typescript: stops('console.log("running");\nfor (;;) {}'),
    python: stops('print("running", flush=True)\nwhile True: pass', 'kept1 = 7'),
  }),
  feature('Stop ends a loop over waits', {
    typescript: stops(
      'console.log("running");\nfor (;;) await new Promise((resolve) => setTimeout(resolve, 5));',
    ),
    javascript: stops(
      'console.log("running");\n(async () => { for (;;) await new Promise((resolve) => setTimeout(resolve, 5)); })()',
    ),
    python: stops(
      'import asyncio\nprint("running", flush=True)\nwhile True: await asyncio.sleep(0.005)',
      'kept1 = 7',
    ),
  }),
  feature('Stop ends a loop over promises that are ready', {
    // tslab's answer depends on what its session has been through.
    typescript: fresh(stops('console.log("running");\nfor (;;) await null;')),
    javascript: fresh(stops('console.log("running");\n(async () => { for (;;) await null; })()')),
    python: fresh(
      stops('import asyncio\nprint("running", flush=True)\nwhile True: await asyncio.sleep(0)', 'kept1 = 7'),
    ),
  }),
  feature('Stop ends a wait for something that never comes', {
    typescript: stops('console.log("running");\nawait new Promise(() => {});'),
    javascript: stops('console.log("running");\n$$.async();'),
    // Its signal handler runs at once, or only when the next message wakes the event loop.
    ipykernel: unsteady(
      stops('import asyncio\nprint("running", flush=True)\nawait asyncio.Event().wait()', 'kept1 = 7'),
    ),
  }),
  feature('Stop ends what a finished cell left going', {
    typescript: async (kernel) => {
      const run = await kernel.ok('setInterval(() => console.log("tick"), 20); 0');
      if (!(await kernel.comes(run, () => /tick\ntick/.test(run.stdout)))) return false;
      await within(kernel.client.interrupt(), 2000);
      await within(kernel.client.kernel.exited, 500);
      await kernel.run('1 + 1', {}, 5000);
      const before = run.stdout;
      await within(kernel.client.kernel.exited, 200);
      return run.stdout === before;
    },
    python: async (kernel) => {
      const run = await kernel.ok(
        'import asyncio\nasync def ticking():\n  while True:\n    print("tick")\n    await asyncio.sleep(0.02)\nticker = asyncio.ensure_future(ticking())',
      );
      if (!(await kernel.comes(run, () => /tick\ntick/.test(run.stdout)))) return false;
      await within(kernel.client.interrupt(), 2000);
      await kernel.run('1 + 1', {}, 5000);
      const before = run.stdout;
      await within(kernel.client.kernel.exited, 200);
      return run.stdout === before;
    },
  }),
];

export const running: Group = {
  title: 'Running and stopping',
  features: [
    feature(
      'Output appears while a busy loop runs',
      everywhere(async (kernel) => {
        const run = kernel.client.startCell(BUSY[kernel.language]);
        await kernel.ended(run);
        if (!(await kernel.comes(run, () => /last line/.test(run.stdout)))) return false;
        const first = run.of('stream').find(({ content }) => /first line/.test(content.text));
        const last = run.of('stream').findLast(({ content }) => /last line/.test(content.text));
        return Boolean(first && last && last.receivedAt - first.receivedAt > 700);
      }),
    ),
    feature(
      '100 000 printed lines all arrive, in order',
      everywhere((kernel) =>
        kernel.another({}, async (other) => {
          const cell =
            other.language === 'python'
              ? 'for i in range(100_000): print(i)'
              : 'for (let i = 0; i < 100_000; i++) console.log(i);';
          const all = Array.from({ length: 100_000 }, (_, i) => `${i}\n`).join('');
          const run = other.client.startCell(cell);
          let before = -1;
          // Deno takes its time; only a kernel from which nothing more comes has lost some.
          while (run.stdout.length < all.length && run.stdout.length > before) {
            before = run.stdout.length;
            await other.comes(run, () => run.stdout.length >= all.length, 4000);
          }
          return run.stdout === all;
        }),
      ),
    ),
    feature('A child process writes into the cell', {
      typescript: async (kernel) => {
        const run = await kernel.run(
          'import { execFileSync } from "node:child_process";\nexecFileSync("echo", ["from a child"], { stdio: "inherit" });',
        );
        return kernel.comes(run, () => /from a child/.test(run.stdout), 1000);
      },
      javascript: async (kernel) => {
        const run = await kernel.run(
          'require("child_process").execFileSync("echo", ["from a child"], { stdio: "inherit" });',
        );
        return kernel.comes(run, () => /from a child/.test(run.stdout), 1000);
      },
      python: async (kernel) => {
        const run = await kernel.run('import subprocess\nsubprocess.run(["echo", "from a child"])');
        return kernel.comes(run, () => /from a child/.test(run.stdout), 1000);
      },
    }),
    feature('What a timer prints goes to the cell that set it', {
      typescript: async (kernel) => {
        const run = await kernel.ok(`setTimeout(() => console.log("late line"), ${stretched(300)}); 0`);
        await kernel.ok('1 + 1');
        return kernel.comes(run, () => /late line/.test(run.stdout));
      },
      python: async (kernel) => {
        const run = await kernel.ok(
          `import asyncio\nasync def late(): await asyncio.sleep(${stretched(0.3)}); print("late line")\nlater = asyncio.ensure_future(late())`,
        );
        await kernel.ok('1 + 1');
        return kernel.comes(run, () => /late line/.test(run.stdout));
      },
    }),
    ...stopFeatures,
    feature('`process.exit()` does not end the kernel', {
      typescript: survives('process.exit(3);'),
      python: survives('import sys\nsys.exit(3)'),
    }),
    feature('A crash of the process does not end the kernel', {
      typescript: survives('process.abort();'),
      deno: survives('Deno.kill(Deno.pid, "SIGABRT");\nawait new Promise(() => {});'),
      python: survives('import os\nos.abort()'),
    }),
    feature('Memory that runs out does not end the kernel', {
      typescript: survives(
        hog,
        {
          LAB_KERNEL_RUNNER_FLAGS: HEAP,
          NODE_OPTIONS: '--max-old-space-size=400',
          DENO_V8_FLAGS: HEAP,
        },
        20_000,
      ),
      javascript: survives(hog, { NODE_OPTIONS: HEAP }, 10_000),
      python: survives(
        'import resource\nresource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, -1))\nhog1 = []\nwhile True: hog1.append(bytearray(10_000_000))',
      ),
    }),
    feature('An error in a timer is reported and survived', {
      typescript: reports(
        'let kept2 = 7;\nsetTimeout(() => { throw new Error("thrown" + " later"); }, 20);\n0',
        'kept2',
      ),
      python: reports(
        'import asyncio\nkept2 = 7\ndef thrower(): raise ValueError("thrown" + " later")\nhandle = asyncio.get_event_loop().call_later(0.02, thrower)',
        'kept2',
      ),
    }),
    feature('A rejection that nobody awaits is reported and survived', {
      typescript: reports('let kept3 = 7;\nvoid Promise.reject(new Error("thrown" + " later"));\n0', 'kept3'),
      python: reports(
        'import asyncio\nkept3 = 7\nasync def rejected(): raise ValueError("thrown" + " later")\nasyncio.ensure_future(rejected())\nawait asyncio.sleep(0)',
        'kept3',
      ),
    }),
  ],
};

/** A cell that leaves an error behind: is it told to the notebook, and are names and kernel still there? */
function reports(cell: string, name: string): Probe {
  return async (kernel) => {
    const reported = await kernel.listen(async (heard) => {
      await kernel.run(cell);
      return heard.has(/thrown later/);
    });
    const after = await kernel.run(name, {}, 5000);
    if (after.status !== 'ok') return false;
    return reported || 'survived, not reported';
  };
}
