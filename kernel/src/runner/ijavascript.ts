/** ijavascript's spelling of output, `$$`, so that notebooks written for it run. */
import type { MimeBundle } from '../shared/protocol.js';
import { currentContext } from './context.js';
import { clearOutput, displayBundle } from './display.js';
import { ask } from './input.js';
import { bundleOf } from './values/show.js';

const KINDS = {
  text: 'text/plain',
  html: 'text/html',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpeg: 'image/jpeg',
  json: 'application/json',
} as const;

type Output = (content: unknown, keepAlive?: boolean) => void;

/** A cell that called `$$.async()` stays busy until it has sent its result. */
function hold(): void {
  const context = currentContext();
  if (!context || context.unfinished) return;
  context.unfinished = new Promise((resolve, reject) => {
    context.finish = (error?: { readonly thrown: unknown }) => (error ? reject(error.thrown) : resolve());
  });
  // The cell awaits it only once its own code has run.
  context.unfinished.catch(() => {});
}

function release(error?: { readonly thrown: unknown }): void {
  currentContext()?.finish?.(error);
}

/** Takes a promise for its value, as ijavascript does, and ends the cell unless told to keep it alive. */
function output(show: (content: unknown) => unknown): Output {
  return (content, keepAlive = false) => {
    const end = (): void => (keepAlive ? hold() : release());
    if (!(content instanceof Promise)) {
      const shown = show(content);
      if (shown instanceof Promise) {
        hold();
        shown.then(end, (thrown: unknown) => release({ thrown }));
      } else end();
      return;
    }
    hold();
    content.then(show).then(end, (thrown: unknown) => release({ thrown }));
  };
}

function displayed(value: unknown): void | Promise<void> {
  const bundle = bundleOf(value);
  return bundle instanceof Promise
    ? bundle.then((data) => displayBundle({ data }))
    : displayBundle({ data: bundle });
}

/** A display of its own; with an id, one place whose content can be replaced. */
function openDisplay(id?: unknown): Record<string, (content?: unknown) => void> {
  const place = id === undefined ? {} : { transient: { display_id: String(id) } };
  let shown = opened.has(String(id)) && id !== undefined;
  const show = (data: MimeBundle): void => {
    displayBundle({ data, ...place }, { update: shown });
    shown = id !== undefined;
    if (shown) opened.add(String(id));
  };
  const kinds = Object.entries(KINDS).map(
    ([name, mime]) => [name, (content: unknown) => show({ [mime]: content })] as const,
  );
  return {
    ...Object.fromEntries(kinds),
    mime: (bundle: unknown) => show(bundle as MimeBundle),
    close: () => {},
  };
}

/** The ids of displays that are on the page: the same id in a later cell is the same place. */
const opened = new Set<string>();

async function input(
  options: { prompt?: string; password?: boolean } = {},
  callback?: (error: Error | null, answer?: string) => void,
): Promise<string> {
  if (callback) hold();
  const answer = await ask(options.prompt ?? '', options.password === true);
  callback?.(null, answer);
  return answer;
}

function make(): object {
  const kinds = Object.entries(KINDS).map(
    ([name, mime]) => [name, output((content) => displayBundle({ data: { [mime]: content } }))] as const,
  );
  const sendResult = output(displayed);
  return {
    ...Object.fromEntries(kinds),
    mime: output((bundle) => displayBundle({ data: bundle as MimeBundle })),
    sendResult,
    done: (result?: unknown) => (result === undefined ? release() : sendResult(result)),
    sendError: (thrown: unknown) => {
      hold();
      release({ thrown });
    },
    async: (value = true) => {
      if (value) hold();
      else release();
      return value;
    },
    display: openDisplay,
    clear: (options: { wait?: boolean } = {}) => clearOutput(options.wait),
    input,
    config: { awaitExecution: true },
  };
}

/** A global, made when it is first asked for. */
export function installIjavascript(): void {
  let made: unknown;
  Object.defineProperty(globalThis, '$$', {
    get() {
      made ??= make();
      return made;
    },
    set(value) {
      made = value;
    },
    enumerable: false,
    configurable: true,
  });
}
