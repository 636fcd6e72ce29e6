/** What a row of the table of features is made of. */
import type { Run } from '../kernel/run.js';
import type { Session } from './session.js';

export const peers = ['batchnorm-lab', 'tslab', 'deno', 'ijavascript', 'ipykernel'] as const;
export type Peer = (typeof peers)[number];
export type Language = 'typescript' | 'javascript' | 'python';

export const languageOf: Record<Peer, Language> = {
  'batchnorm-lab': 'typescript',
  tslab: 'typescript',
  deno: 'typescript',
  ijavascript: 'javascript',
  ipykernel: 'python',
};

/** True or false, or in words what there is instead of the whole. */
export type Outcome = boolean | string;
export type Probe = (kernel: Session) => Promise<Outcome>;

/**
 * How each kernel is asked: by its own name, else by its language; a kernel for JavaScript is asked in TypeScript's
 * way where it has no way of its own. `null` where the question makes no sense, as enums do in Python.
 */
export interface Probes extends Partial<Record<Peer, Probe | null>> {
  typescript: Probe;
  javascript?: Probe | null;
  python?: Probe | null;
}

export interface Feature {
  readonly title: string;
  readonly probes: Probes;
}

export interface Group {
  readonly title: string;
  /** Files that are there before the kernel starts; a group with files has a kernel of its own. */
  readonly files?: Partial<Record<Language | Peer, Record<string, string>>>;
  readonly features: readonly Feature[];
}

export const feature = (title: string, probes: Probes): Feature => ({ title, probes });

export function probeOf(one: Feature, peer: Peer): Probe | null {
  const { probes } = one;
  const own = probes[peer];
  if (own !== undefined) return own;
  const language = languageOf[peer];
  if (language === 'python') return probes.python ?? null;
  if (language === 'javascript' && probes.javascript !== undefined) return probes.javascript;
  return probes.typescript;
}

/** The word that the table has for an outcome. */
export function word(outcome: Outcome): string {
  if (typeof outcome === 'string') return outcome;
  return outcome ? 'yes' : 'no';
}

/** A probe that runs cells, each of which has to succeed, and looks at what the last one shows. */
export const shows =
  (expected: string | RegExp, ...cells: string[]): Probe =>
  async (kernel) => {
    let text = '';
    for (const cell of cells) text = await kernel.shown(cell);
    return typeof expected === 'string' ? text === expected : expected.test(text);
  };

/** A probe that runs cells and is content when all of them succeed. */
export const runs =
  (...cells: string[]): Probe =>
  async (kernel) => {
    for (const cell of cells) await kernel.ok(cell);
    return true;
  };

/** A probe that a kernel answers now with yes and now with no, on an idle machine too. */
export const unsteady =
  (probe: Probe): Probe =>
  async (kernel) => {
    await probe(kernel);
    return 'not always';
  };

/** The same probe for every kernel; it looks at the kernel's language itself. */
export const everywhere = (probe: Probe): Probes => ({ typescript: probe, python: probe });

/** One cell for each kernel, and one look at what it made. */
export function cells(
  codes: { typescript: string; javascript?: string | null; python: string | null } & Partial<
    Record<Peer, string>
  >,
  look: (run: Run, kernel: Session) => Outcome | Promise<Outcome>,
): Probes {
  const probe =
    (code: string): Probe =>
    async (kernel) => {
      const run = await kernel.run(code);
      return run.status === 'ok' ? look(run, kernel) : false;
    };
  const made = Object.entries(codes).map(([name, code]) => [name, code === null ? null : probe(code)]);
  return Object.fromEntries(made) as unknown as Probes;
}
