/** The kernel's own command line, run as people run it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './fixture.js';

export function cli(
  args: string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; program?: string } = {},
) {
  const program = options.program ?? join(root, 'kernel/dist/cli.js');
  return spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
  });
}
