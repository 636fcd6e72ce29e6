/** The memory of processes, from /proc where there is one, else from `ps`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Megabytes that a process holds in memory; 0 when it is gone. */
export function residentMegabytes(pid: number): number {
  try {
    if (!existsSync('/proc/self/status'))
      return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Files, pipes and sockets that a process holds open; undefined where the system does not tell. */
export function openFiles(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}

/** Looks again and again until `stop()`, which gives the most of each process. */
export function watchMemory(pids: () => readonly number[]): () => Map<number, number> {
  const most = new Map<number, number>();
  const look = (): void => {
    for (const pid of pids()) most.set(pid, Math.max(most.get(pid) ?? 0, residentMegabytes(pid)));
  };
  look();
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    look();
    return most;
  };
}
