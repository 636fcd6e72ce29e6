/** Who can reach a kernel: its addresses, its connection file, and how long it lives. */
import { spawn } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { ClientOptions, KernelClient } from './client.js';
import { makeFolder, startKernel } from './fixture.js';
import { alive, descendants } from './processes.js';

const windows = process.platform === 'win32';
const folder = makeFolder('outside');
let kernel: KernelClient | undefined;

async function start(options: Partial<ClientOptions> = {}): Promise<KernelClient> {
  kernel = await startKernel({ cwd: folder, ...options });
  return kernel;
}

afterEach(async () => {
  await kernel?.close();
  kernel = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });

/** The machine's address towards others; a machine without a network has none. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each && !each.internal && each.family === 'IPv4')?.address;

describe('addresses', () => {
  const ports = ['shell_port', 'iopub_port', 'stdin_port', 'control_port', 'hb_port'] as const;

  test('on 127.0.0.1 no port can be reached from outside', async () => {
    const { connection } = (await start()).kernel;
    for (const name of ports) {
      expect(await answers('127.0.0.1', connection[name]), name).toBe(true);
      if (outside) expect(await answers(outside, connection[name]), name).toBe(false);
    }
  });

  test.each(['0.0.0.0', '*'])('%s, when asked for, is listened to everywhere', async (ip) => {
    const client = await start({ ip });
    expect(await client.value('1 + 1')).toBe('2');
    expect(await answers(outside ?? '127.0.0.1', client.kernel.connection.shell_port)).toBe(true);
  });

  test.skipIf(windows)(
    'ipc: a kernel works over sockets in a folder, with output, Stop and heartbeat',
    async () => {
      const client = await start({ transport: 'ipc' });
      expect((await client.ok('for (let i = 0; i < 1000; i++) console.log(i)')).stdout).toMatch(
        /^0\n1\n[\s\S]*999\n$/,
      );
      const run = client.startCell('console.log("running"); for (;;);');
      await run.printed('running');
      await client.interrupt();
      await client.finish(run);
      expect(run.status).toBe('error');
      expect(await client.heartbeat()).toBe('beat');
      // Nobody else may connect: that takes the right to write.
      const { ip, shell_port } = client.kernel.connection;
      expect(statSync(`${ip}-${shell_port}`).mode & 0o022).toBe(0);
    },
  );
});

describe('the connection file', () => {
  test('that is private is read without a word', async () => {
    expect((await start()).kernel.log()).toBe('');
  });

  test.skipIf(windows)('that others can read is told of in the log, and the kernel runs', async () => {
    const client = await start({ mode: 0o644 });
    expect(await client.value('1')).toBe('1');
    expect(client.kernel.log()).toContain(client.kernel.connectionFile);
    expect(client.kernel.log()).toMatch(/other users can read .*chmod 600/);
  });

  test('without a key is told of in the log', async () => {
    const client = await start({ key: '' });
    expect(await client.value('1')).toBe('1');
    expect(client.kernel.log()).toMatch(/no key/);
  });
});

describe.skipIf(windows)('the kernel ends', () => {
  /** A process that stands for a Jupyter server; it ends when it is told to. */
  const server = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });

  test('with the server that JPY_PARENT_PID names, though its parent goes on', async () => {
    const jupyter = server();
    const client = await start({ env: { JPY_PARENT_PID: String(jupyter.pid) } });
    await client.ok('1');
    const pids = [client.kernel.process.pid as number, ...descendants(client.kernel.process.pid as number)];
    jupyter.kill('SIGKILL');
    await client.exit(10_000);
    expect(alive(pids)).toEqual([]);
  });

  test('with its parent, when nobody is named, also in a busy loop', async () => {
    // The launcher starts the kernel and is then killed.
    const launcher = spawn(
      process.execPath,
      [
        '-e',
        `const { spawn } = require('node:child_process');
        process.on('message', ({ argv, cwd, env }) => {
          const child = spawn(argv[0], argv.slice(1), { cwd, env, stdio: 'ignore' });
          process.send(child.pid);
        });`,
      ],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    // A kernel that others watch must not hold this one's file: it gets its own through the usual launcher.
    const pid = await new Promise<number>((resolve, reject) => {
      launcher.once('message', (message) => resolve(message as number));
      launcher.once('exit', () => reject(new Error('The launcher ended')));
      void start({
        launcher: async (spec, options) => {
          const { launch } = await import('./launch.js');
          const launched = await launch(
            { ...spec, argv: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] },
            options,
          );
          const argv = spec.argv.map((part) => part.replace('{connection_file}', launched.connectionFile));
          const { JPY_PARENT_PID: _, ...env } = process.env;
          launcher.send({ argv, cwd: options.cwd, env: { ...env, ...options.env } });
          return launched;
        },
      }).catch(reject);
    });
    await expect.poll(() => kernel !== undefined, { timeout: 20_000 }).toBe(true);
    const client = kernel as KernelClient;
    const busy = client.startCell('console.log("running"); for (;;);');
    await busy.printed('running');
    const pids = [pid, ...descendants(pid)];
    expect(pids.length).toBeGreaterThan(2);
    launcher.kill('SIGKILL');
    await expect.poll(() => alive(pids), { timeout: 10_000 }).toEqual([]);
    client.destroy();
    kernel = undefined;
  });
});
