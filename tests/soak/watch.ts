/** Looks at the memory and the open files of a kernel's processes over time, and says where they only grow. */
import { openFiles, residentMegabytes } from '../kernel/memory.js';
import { descendants, withCommand } from '../kernel/processes.js';

export const PARTS = { wire: /cli\.js/, runner: /runner\.js/, checker: /--lsp/ } as const;
export type Part = keyof typeof PARTS;

interface Sample {
  readonly minute: number;
  readonly megabytes: number;
  readonly files: number;
}

export interface Trend {
  readonly part: Part;
  readonly minutes: number;
  readonly firstMegabytes: number;
  readonly lastMegabytes: number;
  readonly megabytesPerMinute: number;
  readonly firstFiles: number;
  readonly lastFiles: number;
}

/** What happens in the first moments is no trend, minutes. */
const WARM_UP = 0.25;
/** Fewer looks than this tell nothing. */
const FEWEST = 12;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** One process from its start to its end; a new one begins a new line. */
export class Watch {
  readonly #lines = new Map<string, { readonly part: Part; readonly samples: Sample[] }>();
  readonly #start = performance.now();

  look(kernel: number): void {
    const pids = [kernel, ...descendants(kernel)];
    for (const part of Object.keys(PARTS) as Part[]) {
      for (const pid of part === 'wire' ? [kernel] : withCommand(pids, PARTS[part])) {
        const megabytes = residentMegabytes(pid);
        if (megabytes === 0) continue;
        const key = `${part} ${pid}`;
        const line = this.#lines.get(key) ?? { part, samples: [] };
        this.#lines.set(key, line);
        const minute = (performance.now() - this.#start) / 60_000;
        line.samples.push({ minute, megabytes, files: openFiles(pid) ?? 0 });
      }
    }
  }

  /** The trend of each process that lived long enough to have one. */
  trends(): Trend[] {
    return [...this.#lines.values()].flatMap(({ part, samples }) => {
      const born = samples[0].minute;
      const warm = samples.filter(({ minute }) => minute - born >= WARM_UP);
      if (warm.length < FEWEST) return [];
      const quarter = Math.floor(warm.length / 4);
      const [first, last] = [warm.slice(0, quarter), warm.slice(-quarter)];
      const minutes = (warm.at(-1)?.minute ?? 0) - warm[0].minute;
      const firstMegabytes = median(first.map(({ megabytes }) => megabytes));
      const lastMegabytes = median(last.map(({ megabytes }) => megabytes));
      return [
        {
          part,
          minutes,
          firstMegabytes,
          lastMegabytes,
          megabytesPerMinute: slope(warm),
          firstFiles: median(first.map(({ files }) => files)),
          lastFiles: median(last.map(({ files }) => files)),
        },
      ];
    });
  }

  /** Processes that grow without bound. Some growth is what a longer session needs, and what a collector has not collected. */
  violations(): string[] {
    return this.trends().flatMap((trend) => {
      const { part, firstMegabytes, lastMegabytes, firstFiles, lastFiles, minutes } = trend;
      const found: string[] = [];
      if (lastMegabytes > 1.5 * firstMegabytes + 150)
        found.push(
          `memory of ${part}: ${firstMegabytes.toFixed(0)} MB became ${lastMegabytes.toFixed(0)} MB in ${minutes.toFixed(1)} min`,
        );
      if (lastFiles > firstFiles + 20)
        found.push(`open files of ${part}: ${firstFiles} became ${lastFiles} in ${minutes.toFixed(1)} min`);
      return found;
    });
  }
}

/** The least-squares slope, MB a minute. */
function slope(samples: readonly Sample[]): number {
  const n = samples.length;
  const mean = (pick: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / n;
  const [x, y] = [mean(({ minute }) => minute), mean(({ megabytes }) => megabytes)];
  const over = samples.reduce((sum, each) => sum + (each.minute - x) * (each.megabytes - y), 0);
  const under = samples.reduce((sum, each) => sum + (each.minute - x) ** 2, 0);
  return under === 0 ? 0 : over / under;
}
