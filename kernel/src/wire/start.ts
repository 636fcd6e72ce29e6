/** Starts a kernel for a connection file and resolves when it was shut down. */
import { join } from 'node:path';
import { userDataFolder } from '../install/places.js';
import { LanguageSession } from '../language/session.js';
import { loadForCells } from '../shared/native.js';
import { readConnectionFile } from './connectionFile.js';
import { exposures } from './exposure.js';
import type { Kernel } from './kernel.js';
import { watchParent } from './parent.js';
import { spawnRunner } from './runnerHost.js';

/**
 * @param distFolder where the kernel's own programs are
 * @throws Error one sentence, when the connection file or its ports cannot be used
 */
export async function runKernel(connectionFile: string, distFolder: string, version: string): Promise<void> {
  const connection = readConnectionFile(connectionFile);
  const folder = process.cwd();
  // Asked for at any moment, also before there is a kernel.
  let kernel: Kernel | undefined;
  const close = async (): Promise<void> => {
    if (kernel) return kernel.close();
    runner.kill('SIGKILL');
    await language.close();
    process.exit(0);
  };
  const end = (): void => void close();
  watchParent(end);
  process.on('SIGTERM', end);
  process.on('SIGHUP', end);
  // Stop comes as a message, but some clients send the signal all the same.
  process.on('SIGINT', () => kernel?.interrupt());
  // What takes longest to get ready is started before the rest of the kernel is even loaded.
  const language = new LanguageSession(folder);
  // A checker that cannot start says so in the first cell.
  language.warmUp().catch(() => {});
  const runner = spawnRunner(folder, distFolder);
  const wire = await import('./kernel.js');
  let load = (): void => {};
  const loaded = new Promise<void>((resolve) => {
    load = resolve;
  }).then(loadForCells);
  kernel = await wire.Kernel.start({
    connection,
    programs: { folder, distFolder, language, runner },
    loaded,
    version,
    historyFile: join(userDataFolder(), 'typescript-kernel', 'history.jsonl'),
  }).catch(async (error: unknown) => {
    runner.kill('SIGKILL');
    await language.close();
    throw error;
  });
  // A fault in answering one message must not end a session with all its values.
  const goOn = (error: unknown): void => {
    process.stderr.write(`typescript-kernel: ${error instanceof Error ? error.stack : String(error)}\n`);
  };
  process.on('uncaughtException', goOn);
  process.on('unhandledRejection', goOn);
  for (const each of exposures(connectionFile, connection))
    process.stderr.write(`typescript-kernel: ${each}\n`);
  // The first answer, of what this kernel is, goes out before this thread is kept busy.
  setImmediate(load);
  await loaded;
  await kernel.closed;
}
