#!/usr/bin/env node
/** The command line: `kernel` is what Jupyter runs, `install` is what people run. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const distFolder = dirname(fileURLToPath(import.meta.url));
const packageFolder = dirname(distFolder);
const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
  version: string;
};

const HELP = `typescript-kernel ${version}: a Jupyter kernel for TypeScript

  typescript-kernel install [place] [options]     makes the kernel known to Jupyter
  typescript-kernel uninstall [place] [--name N]  removes it again
  typescript-kernel doctor                        says what is found, and runs a cell
  typescript-kernel where                         prints the folder of this package
  typescript-kernel kernel CONNECTION_FILE        runs the kernel; Jupyter does this

Places: --user          for you, in every Jupyter of this account
        --sys-prefix    into the active Python or conda environment
        --system        for everybody on this machine
        --prefix FOLDER into FOLDER/share/jupyter
        none            .venv of this folder if there is one, else as --user

Options of install:
        --name NAME             what notebooks ask for (default typescript)
        --display-name TEXT     what people see (default TypeScript)
        --env NAME=VALUE        a variable for the kernel; may be given several times
        --copy, --link          whether the kernel runs from a copy beside the kernelspec, or from where this
                                program is (default: a copy, but for a checkout)

  typescript-kernel --help | --version
`;

async function runKernel(connectionFile: string): Promise<void> {
  // A bundle of its own: what installs a kernel is not loaded to run one.
  const wire = require('./kernel.js') as typeof import('./wire/start.js');
  await wire.runKernel(connectionFile, distFolder, version);
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
      system: { type: 'boolean' },
      'sys-prefix': { type: 'boolean' },
      name: { type: 'string' },
      'display-name': { type: 'string' },
      env: { type: 'string', multiple: true },
      copy: { type: 'boolean' },
      link: { type: 'boolean' },
    },
  });
  const [command, file] = positionals;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  if (values.version) return say(version);
  if (values.help || command === undefined) return say(HELP.trimEnd());
  if (command === 'kernel') {
    if (file === undefined) throw new Error('kernel needs a connection file: typescript-kernel kernel FILE');
    return runKernel(file);
  }
  const options = { ...values, sysPrefix: values['sys-prefix'], displayName: values['display-name'] };
  if (command === 'where') return say(packageFolder);
  if (command === 'doctor') {
    const { doctor } = await import('./install/doctor.js');
    process.exitCode = (await doctor(packageFolder, version, say)) ? 0 : 1;
    return;
  }
  if (command !== 'install' && command !== 'uninstall') {
    throw new Error(
      `Unknown command ${command}: use install, uninstall, doctor, where or kernel, or see --help.`,
    );
  }
  const commands = await import('./install/commands.js');
  const told = command === 'install' ? commands.install(packageFolder, options) : commands.uninstall(options);
  for (const line of told) say(line);
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`typescript-kernel: ${error.message}\n`);
  process.exit(1);
});
