/** The Node that a kernelspec names: it must still be there after the next update of Node. */
import { existsSync } from 'node:fs';

/**
 * @param path the Node that runs
 * @returns the same Node by a name that stays when a package manager puts a newer version in its place
 * @throws Error when it lies in a cache that is emptied
 */
export function lastingNode(
  path: string = process.execPath,
  exists: (path: string) => boolean = existsSync,
): string {
  if (/[\\/](_npx|dlx-[^\\/]*)[\\/]/.test(path)) {
    throw new Error(
      `This Node (${path}) lies in a cache that npm empties: run the command with a Node that is installed.`,
    );
  }
  const homebrew = /^(.*)\/Cellar\/(node(?:@\d+)?)\/[^/]+\/bin\/node$/.exec(path);
  const scoop = /^(.*\\apps\\nodejs(?:-lts)?)\\[\d.]+\\node\.exe$/i.exec(path);
  const lasting = homebrew
    ? `${homebrew[1]}/opt/${homebrew[2]}/bin/node`
    : scoop
      ? `${scoop[1]}\\current\\node.exe`
      : path;
  return exists(lasting) ? lasting : path;
}
