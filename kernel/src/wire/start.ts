/** Starts a kernel for a connection file and resolves when it was shut down. */
import { join } from 'node:path';
import { userDataFolder } from '../install/places.js';
import { LanguageSession } from '../language/session.js';
import { loadForCells } from '../shared/native.js';
import { readConnectionFile } from './connectionFile.js';
import { exposures } from './exposure.js';
import { watchParent } from './parent.js';
import { spawnRunner } from './runnerHost.js';

/**
 * @param distFolder where the kernel's own programs are
 * @throws Error one sentence, when the connection file or its ports cannot be used
 */
export async function runKernel(connectionFile: string, distFolder: string, version: string): Promise<void> {
  const connection = readConnectionFile(connectionFile);
  const folder = process.cwd();
  // What takes longest to get ready is started before the rest of the kernel is even loaded.
  const language = new LanguageSession(folder);
  // A checker that cannot start says so in the first cell.
  language.warmUp().catch(() => {});
  const runner = spawnRunner(folder, distFolder);
  const { Kernel } = await import('./kernel.js');
  let load = (): void => {};
  const loaded = new Promise<void>((resolve) => {
    load = resolve;
  }).then(loadForCells);
  const kernel = await Kernel.start({
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
  const close = (): void => void kernel.close();
  process.on('SIGTERM', close);
  process.on('SIGHUP', close);
  // Stop comes as a message; a Ctrl-C in the server's terminal is the server's business.
  process.on('SIGINT', () => {});
  watchParent(close);
  for (const each of exposures(connectionFile, connection))
    process.stderr.write(`typescript-kernel: ${each}\n`);
  // The first answer, of what this kernel is, goes out before this thread is kept busy.
  setImmediate(load);
  await Promise.race([kernel.closed, loaded.then(() => kernel.closed)]);
}
