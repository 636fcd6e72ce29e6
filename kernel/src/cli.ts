/** The command line: `kernel` is what Jupyter runs, `install` is what people run. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const distFolder = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(distFolder, '..', 'package.json'), 'utf8')) as {
  version: string;
};

const HELP = `typescript-kernel ${version}: a Jupyter kernel for TypeScript

  typescript-kernel install [--prefix FOLDER | --user | --sys-prefix]
      Writes the kernelspec. Without an option: into .venv of this folder.
  typescript-kernel kernel CONNECTION_FILE
      Runs the kernel; Jupyter does this.
  typescript-kernel --help | --version
`;

async function runKernel(connectionFile: string): Promise<void> {
  const [{ readConnectionFile }, { Kernel }, { userDataFolder }] = await Promise.all([
    import('./wire/connection.js'),
    import('./wire/kernel.js'),
    import('./wire/kernelspec.js'),
  ]);
  const kernel = await Kernel.start({
    connection: readConnectionFile(connectionFile),
    folder: process.cwd(),
    distFolder,
    version,
    historyFile: join(userDataFolder(), 'typescript-kernel', 'history.jsonl'),
  });
  const close = (): void => void kernel.close();
  process.on('SIGTERM', close);
  process.on('SIGHUP', close);
  // Stop comes as a message; a Ctrl-C in the server's terminal is the server's business.
  process.on('SIGINT', () => {});
  const parent = process.ppid;
  // A server that was killed cannot say goodbye.
  setInterval(() => {
    if (process.ppid !== parent) close();
  }, 1000).unref();
  await kernel.closed;
  process.exit(0);
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
      prefix: { type: 'string' },
      user: { type: 'boolean' },
      'sys-prefix': { type: 'boolean' },
    },
  });
  const [command, file] = positionals;
  if (values.version) process.stdout.write(`${version}\n`);
  else if (values.help || command === undefined) process.stdout.write(HELP);
  else if (command === 'kernel') {
    if (file === undefined) throw new Error('kernel needs a connection file: typescript-kernel kernel FILE');
    await runKernel(file);
  } else if (command === 'install') {
    const { installKernelspec } = await import('./wire/kernelspec.js');
    const options = { prefix: values.prefix, user: values.user, sysPrefix: values['sys-prefix'] };
    const folder = installKernelspec(options, join(distFolder, 'cli.js'), join(distFolder, '..', 'logos'));
    process.stdout.write(`Installed the TypeScript kernel in ${folder}\n`);
  } else throw new Error(`Unknown command ${command}: use install or kernel, or see --help.`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`typescript-kernel: ${error.message}\n`);
  process.exit(1);
});
