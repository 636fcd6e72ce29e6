/** Starts a kernel the way Jupyter does: a private connection file, the kernelspec's argv, a process group of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface KernelSpec {
  argv: string[];
  display_name: string;
  language: string;
  env?: Record<string, string>;
  interrupt_mode?: 'signal' | 'message';
  metadata?: Record<string, unknown>;
}

export interface Connection {
  transport: 'tcp' | 'ipc';
  ip: string;
  key: string;
  signature_scheme: 'hmac-sha256';
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
}

export interface Launched {
  connection: Connection;
  connectionFile: string;
  process: ChildProcess;
  /** `performance.now()` right before the process was started. */
  launchedAt: number;
  /** What the process wrote to its own stdout and stderr: its log, never a cell's output. */
  log(): string;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Ends the whole process group and removes the connection file. */
  destroy(): void;
}

export function readSpec(file: string): KernelSpec {
  const spec = JSON.parse(readFileSync(file, 'utf8')) as KernelSpec;
  return { ...spec, argv: spec.argv.map((part) => part.replace('{resource_dir}', dirname(file))) };
}

/** A free port below the range from which outgoing connections get theirs, so nobody takes it before the kernel does. */
export async function freePort(taken: Set<number>): Promise<number> {
  for (;;) {
    const port = 12000 + Math.floor(Math.random() * 20000);
    if (taken.has(port)) continue;
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (!free) continue;
    taken.add(port);
    return port;
  }
}

export interface LaunchOptions {
  cwd: string;
  env?: Record<string, string>;
  /** The address that the connection file names; by default the loopback one. */
  ip?: string;
  /** `ipc` is sockets in a private folder, without ports. */
  transport?: 'tcp' | 'ipc';
  /** The connection file's mode; by default it is private. */
  mode?: number;
  /** The connection's key; by default a new one. */
  key?: string;
}

export async function launch(spec: KernelSpec, options: LaunchOptions): Promise<Launched> {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-client-'));
  const taken = new Set<number>();
  const connection: Connection = {
    transport: options.transport ?? 'tcp',
    ip: options.transport === 'ipc' ? join(folder, 'ipc') : (options.ip ?? '127.0.0.1'),
    key: options.key ?? randomUUID(),
    signature_scheme: 'hmac-sha256',
    shell_port: await freePort(taken),
    iopub_port: await freePort(taken),
    stdin_port: await freePort(taken),
    control_port: await freePort(taken),
    hb_port: await freePort(taken),
  };
  const connectionFile = join(folder, 'connection.json');
  writeFileSync(connectionFile, JSON.stringify(connection));
  chmodSync(connectionFile, options.mode ?? 0o600);
  // The folder is as open as the file, as a shared one would be.
  if (options.mode) chmodSync(folder, 0o755);

  const [command, ...args] = spec.argv.map((part) => part.replace('{connection_file}', connectionFile));
  const launchedAt = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, JPY_PARENT_PID: String(process.pid), ...spec.env, ...options.env },
  });
  let written = '';
  const keep = (chunk: Buffer) => {
    written = (written + chunk.toString()).slice(-20_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('error', (error) => {
      written += String(error);
      resolve({ code: null, signal: null });
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const destroy = () => {
    rmSync(folder, { recursive: true, force: true });
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group is gone already.
    }
  };
  return { connection, connectionFile, process: child, launchedAt, log: () => written, exited, destroy };
}
