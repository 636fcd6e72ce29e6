/** Starts a kernel as Jupyter does and runs one cell: the proof that an installed kernelspec works. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Dealer } from 'zeromq';
import { ended } from '../shared/ended.js';
import { Codec, type Message } from '../wire/message.js';

const PATIENCE = 60_000;
const CHANNELS = ['shell', 'iopub', 'stdin', 'control', 'hb'] as const;

/**
 * @returns the time until the cell's value was here, ms
 * @throws Error with what the kernel wrote, when it gave no value
 */
export async function tryKernel(argv: readonly string[], env: Record<string, string>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'typescript-kernel-trial-'));
  const ports = await freePorts(CHANNELS.length);
  const key = randomUUID();
  const connection = {
    transport: 'tcp',
    ip: '127.0.0.1',
    key,
    signature_scheme: 'hmac-sha256',
    ...Object.fromEntries(CHANNELS.map((name, index) => [`${name}_port`, ports[index]])),
  };
  const file = join(folder, 'connection.json');
  writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
  const start = performance.now();
  const [command = '', ...args] = argv.map((part) => part.replace('{connection_file}', file));
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`it ended with status ${code}. ${log.trim()}`)));
  });
  failed.catch(() => {});
  const shell = new Dealer({ linger: 0 });
  const control = new Dealer({ linger: 0 });
  const codec = new Codec(key);
  try {
    shell.connect(`tcp://127.0.0.1:${ports[0]}`);
    control.connect(`tcp://127.0.0.1:${ports[3]}`);
    const content = {
      code: 'const proof: number = 1 + 1;',
      silent: false,
      store_history: false,
      user_expressions: { proof: 'proof' },
      allow_stdin: false,
    };
    await shell.send(codec.encode('execute_request', content, {}, []));
    const reply = await Promise.race([answer(shell, codec), failed, late(() => log)]);
    const took = performance.now() - start;
    const { status, evalue, user_expressions: values } = reply.content as Record<string, never>;
    if (status !== 'ok') throw new Error(`its cell failed: ${evalue}`);
    const value = (values as Record<string, { data?: Record<string, unknown> }>).proof?.data?.['text/plain'];
    if (value !== '2') throw new Error(`1 + 1 gave ${JSON.stringify(value)}`);
    await control.send(codec.encode('shutdown_request', { restart: false }, {}, []));
    await Promise.race([
      answer(control, codec),
      failed.catch(() => {}),
      pause(5000, undefined, { ref: false }),
    ]);
    return took;
  } finally {
    shell.close();
    control.close();
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answer(socket: Dealer, codec: Codec): Promise<Message> {
  for await (const frames of socket) {
    const message = codec.decode(frames as Buffer[]);
    if (message) return message;
  }
  throw new Error('its socket was closed');
}

async function late(log: () => string): Promise<never> {
  await pause(PATIENCE, undefined, { ref: false });
  throw new Error(`it did not answer within ${PATIENCE / 1000} s. ${log().trim()}`);
}

/** All are held until all are found, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<Server>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => resolve(server));
      });
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
