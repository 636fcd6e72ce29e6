/** What `install`, `uninstall` and `doctor` do. */
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { copyPackage, isInstalled, removeUnusedCopies } from './copy.js';
import { readKernelspec, removeKernelspec, SPEC_NAME, writeKernelspec } from './kernelspec.js';
import { lastingNode } from './nodePath.js';
import { dataFolder, type Place } from './places.js';

export interface InstallOptions extends Place {
  readonly name?: string | undefined;
  readonly displayName?: string | undefined;
  /** Variables of the kernel's environment, as NAME=VALUE. */
  readonly env?: readonly string[] | undefined;
  /** Copy the package, or let the kernelspec point at it where it is; by default an installed package is copied. */
  readonly copy?: boolean | undefined;
  readonly link?: boolean | undefined;
}

/** @returns what to tell, a line each */
export function install(packageFolder: string, options: InstallOptions): readonly string[] {
  if (options.copy && options.link) throw new Error('Give one of --copy and --link, not both.');
  const env = Object.fromEntries((options.env ?? []).map(variable));
  const data = dataFolder(options);
  const name = options.name ?? SPEC_NAME;
  const node = lastingNode();
  const before = readKernelspec(join(data, 'kernels', name));
  const copies = options.copy || (isInstalled(packageFolder) && !options.link);
  const used = copies ? copyPackage(packageFolder, data, options.system === true) : packageFolder;
  const displayName = options.displayName ?? (name === SPEC_NAME ? 'TypeScript' : `TypeScript (${name})`);
  const folder = writeKernelspec(data, { name, displayName, env, node, packageFolder: used });
  removeUnusedCopies(data, before?.packageFolder);
  const told = [`Installed the TypeScript kernel in ${folder}`];
  if (copies) told.push(`It runs from ${used}, and needs nothing else but ${node}.`);
  if (options.system && node.startsWith(homedir() + sep)) {
    told.push(
      `Others cannot run it: its Node (${node}) is in your home folder. Install with a Node for everybody.`,
    );
  }
  return told;
}

/** @returns what to tell, a line each */
export function uninstall(options: Pick<InstallOptions, 'name' | keyof Place>): readonly string[] {
  const data = dataFolder(options);
  const folder = removeKernelspec(data, options.name ?? SPEC_NAME);
  removeUnusedCopies(data);
  return [`Removed ${folder}`];
}

function variable(text: string): readonly [string, string] {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new Error(`--env must be NAME=VALUE, found "${text}".`);
  }
  return [name, value];
}
