/** `%%html` and its like, and `%%capture`. */
import { type CapturedOutput, type CellContext, currentContext } from '../context.js';
import { displayBundle } from '../display.js';

export function runningCell(): CellContext {
  const context = currentContext();
  if (!context) throw new Error('A magic belongs to a cell.');
  return context;
}

export function show(mime: string, content: string): void {
  displayBundle({ data: { [mime]: content } });
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What a cell printed and showed under `%%capture NAME`. */
class Captured {
  stdout = '';
  stderr = '';
  readonly outputs: CapturedOutput[] = [];

  /** Shows it all. */
  show(): void {
    for (const output of this.outputs) {
      if (output.output_type === 'stream') process[output.name].write(output.text);
      else if (output.output_type === 'error') process.stderr.write(`${output.traceback.join('\n')}\n`);
      else if (output.output_type === 'display_data') displayBundle(output);
    }
  }
}

/** From now on, what the cell prints and shows goes into the object that is returned. */
export function capture(): Captured {
  const captured = new Captured();
  runningCell().capture = (output) => {
    if (output.output_type === 'clear') {
      captured.outputs.length = 0;
      captured.stdout = captured.stderr = '';
      return;
    }
    captured.outputs.push(output);
    if (output.output_type === 'stream') captured[output.name] += output.text;
  };
  return captured;
}
