/**
 * Starts and ends a kernel as the Jupyter extension of VS Code does for kernels that are not Python: a connection file of
 * its own that is not private, no JPY_PARENT_PID, no process group, all three standard streams as pipes, and a plain
 * TCP connection to two ports to see whether somebody listens.
 */
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, freePort, type KernelSpec, type Launched, type LaunchOptions } from './launch.js';
import { descendants } from './processes.js';

export async function launchAsVsCode(spec: KernelSpec, options: LaunchOptions): Promise<Launched> {
  const taken = new Set<number>();
  const connection: Connection & { kernel_name: string } = {
    hb_port: await freePort(taken),
    control_port: await freePort(taken),
    shell_port: await freePort(taken),
    stdin_port: await freePort(taken),
    iopub_port: await freePort(taken),
    key: randomUUID(),
    signature_scheme: 'hmac-sha256',
    transport: 'tcp',
    ip: '127.0.0.1',
    kernel_name: 'typescript',
  };
  const home = mkdtempSync(join(tmpdir(), 'vscode '));
  const runtime = join(home, 'jupyter', 'runtime');
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const connectionFile = join(runtime, `kernel-v3${randomBytes(20).toString('hex')}.json`);
  writeFileSync(connectionFile, JSON.stringify(connection));

  const [command, ...args] = spec.argv.map((part) => part.replace('{connection_file}', connectionFile));
  const { JPY_PARENT_PID: _, ...inherited } = process.env;
  const launchedAt = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: {
      ...inherited,
      ELECTRON_RUN_AS_NODE: '1',
      VSCODE_PID: String(process.pid),
      ...spec.env,
      ...options.env,
    },
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      written += chunk;
    });
  }
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await Promise.all([untilUsed(connection.shell_port), untilUsed(connection.iopub_port)]);
  const destroy = () => {
    rmSync(home, { recursive: true, force: true });
    child.kill('SIGKILL');
  };
  return { connection, connectionFile, process: child, launchedAt, log: () => written, exited, destroy };
}

/** What the extension does at "restart" and "close": the children first, one by one, then the kernel. */
export async function disposeAsVsCode({ process: child, connectionFile, exited }: Launched): Promise<void> {
  for (const pid of descendants(child.pid as number)) {
    try {
      process.kill(pid);
    } catch {
      // It went with the one before.
    }
  }
  child.kill();
  rmSync(connectionFile, { force: true });
  await exited;
}

async function untilUsed(port: number): Promise<void> {
  for (;;) {
    const used = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (used) return;
    await pause(200);
  }
}
