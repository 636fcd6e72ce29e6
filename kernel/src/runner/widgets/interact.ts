/** `interact(f, controls)`: shows the controls and, below them, what `f` of their values shows. */
import { type CapturedOutput, CellContext, currentContext, enterBeside } from '../context.js';
import { send } from '../output.js';
import { errorContent } from '../report.js';
import { bundleOf } from '../values/show.js';
import { box, Control, outputArea } from './controls.js';

type Controls = Readonly<Record<string, Control<never>>>;

/** Joins lines that were printed one after the other, as a notebook does. */
function joined(outputs: readonly CapturedOutput[]): CapturedOutput[] {
  const result: CapturedOutput[] = [];
  for (const output of outputs) {
    const last = result.at(-1);
    if (
      last &&
      output.output_type === 'stream' &&
      last.name === output.name &&
      last.output_type === 'stream'
    ) {
      last.text = `${String(last.text)}${String(output.text)}`;
    } else result.push({ ...output });
  }
  return result;
}

/**
 * @param compute called with the controls' values, now and after each change. What it prints, shows and returns
 * appears below the controls. While a slow call runs, only the newest change waits for it.
 * @param controls one widget a name
 */
export async function interact(
  compute: (values: never, signal: AbortSignal) => unknown,
  controls: Controls,
): Promise<void> {
  const names = Object.keys(controls);
  for (const name of names) {
    if (!(controls[name] instanceof Control)) {
      throw new TypeError(
        `interact: control ${name} must be made by widgets.slider, dropdown, toggle, text, play or button, found ${typeof controls[name]}.`,
      );
    }
  }
  const area = outputArea();
  let running = false;
  let again = false;
  let current = new AbortController();

  const once = async (): Promise<void> => {
    current = new AbortController();
    const outer = currentContext();
    const context = new CellContext(outer?.cell ?? 0, outer?.label ?? 'widget');
    const outputs: CapturedOutput[] = [];
    context.capture = (output) => outputs.push(output);
    const values = Object.fromEntries(names.map((name) => [name, (controls[name] as Control<never>).value]));
    try {
      const value: unknown = await enterBeside(context, () => compute(values as never, current.signal));
      if (value !== undefined)
        outputs.push({ output_type: 'display_data', data: await bundleOf(value), metadata: {} });
    } catch (error) {
      if (current.signal.aborted && again) return;
      outputs.push({ output_type: 'error', ...errorContent(error) });
    }
    area.set({ outputs: joined(outputs) });
  };
  const update = async (): Promise<void> => {
    again = true;
    current.abort();
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        await once();
      }
    } finally {
      running = false;
    }
  };

  for (const name of names) (controls[name] as Control<never>).onChange(update);
  const view = box([...names.map((name) => (controls[name] as Control<never>).model), area]);
  send({
    type: 'display',
    cell: currentContext()?.cell ?? 0,
    update: false,
    content: { data: await bundleOf(view), metadata: {} },
  });
  await update();
}
