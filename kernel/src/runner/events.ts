/** Lets a library follow the notebook's cells: what it registers is called before and after each of them. */
import { asUser } from './builtins.js';

const NAMES = ['preRunCell', 'postRunCell'] as const;
type EventName = (typeof NAMES)[number];

/** What a listener is told. */
export interface CellEvent {
  /** The cell as an error names it, `Cell [3]`. */
  readonly cell: string;
  /** The cell as it was written. */
  readonly source: string;
}

type Listener = (event: CellEvent) => unknown;

const listeners: Record<EventName, Set<Listener>> = { preRunCell: new Set(), postRunCell: new Set() };

/** @returns a function that ends it */
export function on(name: EventName, listener: Listener): () => void {
  if (!NAMES.includes(name) || typeof listener !== 'function') {
    throw new TypeError(
      `events.on: expected 'preRunCell' or 'postRunCell' and a function, found ${String(name)} and ${typeof listener}.`,
    );
  }
  listeners[name].add(listener);
  return () => void listeners[name].delete(listener);
}

/** Calls the listeners within the cell: what they print belongs to it. One that throws says so there, and the cell goes on. */
export function tell(name: EventName, event: CellEvent): void {
  for (const listener of listeners[name]) {
    try {
      asUser(() => listener(event));
    } catch (error) {
      process.stderr.write(`A listener of ${name} failed: ${String(error)}\n`);
    }
  }
}
