/** `interact(f, controls)`: shows the controls and, below them, what `f` of their values shows. */
import { displayBundle } from '../display.js';
import { errorContent } from '../report.js';
import { bundleOf } from '../values/show.js';
import { box } from './containers.js';
import { Control, dropdown, slider, text, toggle } from './controls.js';
import type { WidgetModel } from './model.js';
import { OutputArea } from './outputs.js';

/** A function that takes longer shows meanwhile what it has so far; a quick one never flickers, ms. */
const PATIENCE = 300;

/** Kept from the start: the user's own timers belong to cells. */
const startImmediate = globalThis.setImmediate;

interface Moved {
  readonly model: WidgetModel;
  readonly value: unknown;
  onChange(listener: () => void): () => void;
}

/** The control for a name: one that was made for it, or what a plain value stands for. */
function controlFor(name: string, given: unknown): Moved {
  if (given instanceof Control) return given;
  if (typeof given === 'boolean') return toggle({ label: name, value: given });
  if (typeof given === 'string') return text({ label: name, value: given });
  if (Array.isArray(given) && given.length > 0) {
    if (given.every((item) => typeof item === 'string'))
      return dropdown<string>({ label: name, options: given });
    if (given.every((item) => typeof item === 'number') && (given.length === 2 || given.length === 3)) {
      const [min, max, step] = given as [number, number, number?];
      return slider({ label: name, min, max, ...(step === undefined ? {} : { step }) });
    }
  }
  throw new TypeError(
    `interact: control ${name} must be one that widgets makes, or [min, max], [min, max, step], a list of strings, a boolean or a string; found ${JSON.stringify(given) ?? typeof given}.`,
  );
}

/**
 * @param compute called with the controls' values, now and after each change. What it prints, shows and returns
 * appears below the controls. While a slow call runs, only the newest change waits for it.
 * @param controls one a name
 */
export async function interact(
  compute: (values: never, signal: AbortSignal) => unknown,
  controls: Readonly<Record<string, unknown>>,
): Promise<void> {
  const named = Object.entries(controls).map(([name, given]) => [name, controlFor(name, given)] as const);
  const area = new OutputArea();
  let running = false;
  let again = false;
  let current = new AbortController();

  const once = async (): Promise<void> => {
    current = new AbortController();
    const { signal } = current;
    const values = Object.fromEntries(named.map(([name, control]) => [name, control.value]));
    area.begin(PATIENCE);
    try {
      const value: unknown = await area.take(() => compute(values as never, signal));
      if (value !== undefined)
        area.add({ output_type: 'display_data', data: await bundleOf(value), metadata: {} });
    } catch (error) {
      if (signal.aborted && again) return;
      area.add({ output_type: 'error', ...errorContent(error) });
    }
    area.show();
  };
  const update = async (): Promise<void> => {
    again = true;
    current.abort();
    if (running) return;
    running = true;
    try {
      while (again) {
        // Lets in what the user has moved meanwhile, so that a function that blocks also gets only the newest.
        await new Promise((resolve) => startImmediate(resolve));
        again = false;
        await once();
      }
    } finally {
      running = false;
    }
  };

  // The page sends no newer change before this one counts as handled; so nobody waits for the function here.
  for (const [, control] of named) control.onChange(() => void update());
  displayBundle({ data: box([...named.map(([, control]) => control.model), area.model]).bundle() });
  await update();
}
