/** What the kernel and the machine use, in the words of ipykernel: `jupyter-resource-usage` shows it in the toolbar. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, freemem, hostname, totalmem } from 'node:os';
import { promisify } from 'node:util';

interface ProcessUse {
  readonly parent: number;
  /** Seconds of processor time since its start. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: () => number;
}

/** The unit of /proc, the same on every Linux that matters. */
const TICKS_A_SECOND = 100;
const PAGE = 4096;

export class Usage {
  #before: { readonly at: number; readonly cpu: ReadonlyMap<number, number> } | undefined;
  #hostBefore = hostTimes();

  async report(): Promise<Record<string, unknown>> {
    const tree = family(process.pid, await processes());
    const at = performance.now();
    const cpu = new Map([...tree].map(([pid, use]) => [pid, use.cpu]));
    const memory = [...tree.values()].reduce((sum, use) => sum + use.memory(), 0);
    const host = this.#hostPercent();
    const report = {
      hostname: hostname(),
      pid: process.pid,
      kernel_cpu: this.#percent(at, cpu),
      kernel_memory: memory,
      cpu_count: cpus().length,
      ...(host === undefined ? {} : { host_cpu_percent: host }),
      host_virtual_memory: hostMemory(),
    };
    this.#before = { at, cpu };
    return report;
  }

  /** Since the last report: 100 for each processor that was busy all the time. */
  #percent(at: number, cpu: ReadonlyMap<number, number>): number {
    const before = this.#before;
    if (!before || at <= before.at) return 0;
    let seconds = 0;
    for (const [pid, now] of cpu) seconds += Math.max(0, now - (before.cpu.get(pid) ?? 0));
    return round((seconds / ((at - before.at) / 1000)) * 100);
  }

  #hostPercent(): number | undefined {
    const [before, now] = [this.#hostBefore, hostTimes()];
    this.#hostBefore = now;
    const total = now.total - before.total;
    return total > 0 ? round(((total - (now.idle - before.idle)) / total) * 100) : undefined;
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;

function hostTimes(): { readonly idle: number; readonly total: number } {
  let [idle, total] = [0, 0];
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.idle + times.user + times.nice + times.sys + times.irq;
  }
  return { idle, total };
}

function hostMemory(): Record<string, number> {
  const [total, available] = [totalmem(), freemem()];
  const used = total - available;
  return { total, available, percent: round((used / total) * 100), used, free: available };
}

/** A process and all that it has started, with what those have started. */
function family(root: number, all: ReadonlyMap<number, ProcessUse>): Map<number, ProcessUse> {
  const found = new Map<number, ProcessUse>();
  const own = all.get(root);
  if (own) found.set(root, own);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, use] of all) {
      if (found.has(pid) || !found.has(use.parent)) continue;
      found.set(pid, use);
      grew = true;
    }
  }
  return found;
}

async function processes(): Promise<Map<number, ProcessUse>> {
  if (process.platform === 'linux') return fromProc();
  if (process.platform !== 'win32') {
    try {
      return await fromPs();
    } catch {
      // No ps: the kernel's own process is better than nothing.
    }
  }
  const { user, system } = process.cpuUsage();
  return new Map([[process.pid, { parent: 0, cpu: (user + system) / 1e6, memory: process.memoryUsage.rss }]]);
}

function fromProc(): Map<number, ProcessUse> {
  const found = new Map<number, ProcessUse>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The program's name stands in brackets and may hold anything.
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const [parent = 0, user = 0, system = 0, pages = 0] = [fields[1], fields[11], fields[12], fields[21]];
      found.set(Number(name), {
        parent,
        cpu: (user + system) / TICKS_A_SECOND,
        memory: () => proportional(name) ?? pages * PAGE,
      });
    } catch {
      // It has just ended.
    }
  }
  return found;
}

/** Memory with each shared page divided among those who share it. */
function proportional(pid: string): number | undefined {
  try {
    const kilobytes = /^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

async function fromPs(): Promise<Map<number, ProcessUse>> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=,time=']);
  const found = new Map<number, ProcessUse>();
  for (const line of stdout.split('\n')) {
    const [pid, parent, memory, time] = line.trim().split(/\s+/);
    if (!pid || !time) continue;
    const cpu = time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
    found.set(Number(pid), { parent: Number(parent), cpu, memory: () => Number(memory) * 1024 });
  }
  return found;
}
