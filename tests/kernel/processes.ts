/** The processes of this machine, from /proc where there is one (a small container has no `ps`), else from `ps`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

interface Listed {
  pid: number;
  parent: number;
  ended: boolean;
  command: string;
}

function fromProc(): Listed[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The second field is the program's name in parentheses, which may hold anything.
        const [state, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [
          { pid: Number(name), parent: Number(parent), ended: state === 'Z' || state === 'X', command },
        ];
      } catch {
        // It ended while the list was read.
        return [];
      }
    });
}

function fromPs(): Listed[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' });
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, state, ...command] = line.trim().split(/\s+/);
      return {
        pid: Number(pid),
        parent: Number(parent),
        ended: state.startsWith('Z'),
        command: command.join(' '),
      };
    });
}

const processes = (): Listed[] => (existsSync('/proc/self/stat') ? fromProc() : fromPs());

/** The processes that a process has started, and theirs. */
export function descendants(pid: number): number[] {
  const all = processes();
  const of = (parent: number): number[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each.pid, ...of(each.pid)]);
  return of(pid);
}

/** Those of the given processes that still run. One that has ended but was not yet collected (a zombie) does not. */
export function alive(pids: number[]): number[] {
  const running = new Set(processes().flatMap(({ pid, ended }) => (ended ? [] : [pid])));
  return pids.filter((pid) => running.has(pid));
}

/** Those of the given processes whose command line matches. */
export function withCommand(pids: number[], pattern: RegExp): number[] {
  return processes().flatMap(({ pid, command }) =>
    pids.includes(pid) && pattern.test(command) ? [pid] : [],
  );
}
