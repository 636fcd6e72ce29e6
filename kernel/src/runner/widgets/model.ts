/**
 * The kernel's side of a Jupyter widget: a state that both sides change, over one comm.
 * Protocol: Jupyter widgets messaging 2.1 (github.com/jupyter-widgets/ipywidgets, packages/schema/messages.md).
 */
import { type Comm, openComm, registerTarget } from '../comms.js';

export type State = Record<string, unknown>;

export const WIDGET_TARGET = 'jupyter.widget';
const CONTROL_TARGET = 'jupyter.widget.control';
const PROTOCOL_VERSION = '2.1.0';
const VIEW = 'application/vnd.jupyter.widget-view+json';

const models = new Map<string, WidgetModel>();

export class WidgetModel {
  readonly #comm: Comm;
  readonly #state: State;
  readonly #listeners = new Map<string, Set<(value: unknown) => unknown>>();
  readonly #customListeners = new Set<(content: unknown, buffers: readonly Buffer[]) => unknown>();

  /** @param state the initial state; models in it (`layout`, `children`) are sent as references */
  constructor(state: State) {
    this.#state = { ...state };
    const { json, paths, buffers } = encode(this.#state);
    this.#comm = openComm(WIDGET_TARGET, { state: json, buffer_paths: paths }, buffers, {
      version: PROTOCOL_VERSION,
    });
    this.#comm.onMessage = (event) => this.#receive(event.data, event.buffers);
    this.#comm.onClose = () => models.delete(this.id);
    models.set(this.id, this);
  }

  get id(): string {
    return this.#comm.id;
  }

  get(key: string): unknown {
    return this.#state[key];
  }

  /** Changes the state here and in the frontend. Listeners hear of it only from the frontend's changes. */
  set(change: State): void {
    Object.assign(this.#state, change);
    this.#sendState('update', change);
  }

  /** Calls `listener` with the new value whenever the user changes `key`. @returns a function that ends it */
  onChange(key: string, listener: (value: unknown) => unknown): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Calls `listener` for each custom message: a button's click, or what a widget of your own sends. */
  onCustom(listener: (content: unknown, buffers: readonly Buffer[]) => unknown): () => void {
    this.#customListeners.add(listener);
    return () => this.#customListeners.delete(listener);
  }

  sendCustom(content: unknown, buffers: readonly Uint8Array[] = []): void {
    this.#comm.send({ method: 'custom', content }, buffers);
  }

  close(): void {
    models.delete(this.id);
    this.#comm.close();
  }

  /** The whole state as it goes to the frontend. */
  snapshot(): { readonly json: State; readonly paths: Path[]; readonly buffers: Uint8Array[] } {
    return encode(this.#state);
  }

  /** How it is shown. */
  bundle(): Record<string, unknown> {
    const name = String(this.#state._model_name).replace(/Model$/, '');
    return {
      'text/plain': `${name}${'value' in this.#state ? `: ${String(this.#state.value)}` : ''}`,
      [VIEW]: { version_major: 2, version_minor: 0, model_id: this.id },
    };
  }

  [Symbol.for('Jupyter.display')](): Record<string, unknown> {
    return this.bundle();
  }

  #sendState(method: 'update' | 'echo_update', state: State): void {
    const { json, paths, buffers } = encode(state);
    this.#comm.send({ method, state: json, buffer_paths: paths }, buffers);
  }

  async #receive(data: State, buffers: readonly Buffer[]): Promise<void> {
    if (data.method === 'request_state') {
      this.#sendState('update', this.#state);
    } else if (data.method === 'custom') {
      await Promise.all([...this.#customListeners].map((listener) => listener(data.content, buffers)));
    } else if (data.method === 'update') {
      const change = decode(data.state as State, (data.buffer_paths ?? []) as Path[], buffers);
      Object.assign(this.#state, change);
      // Other pages that show the widget hear of it this way.
      this.#sendState('echo_update', change);
      const calls = Object.entries(change).flatMap(([key, value]) =>
        // One that throws must not keep the others from being called.
        [...(this.#listeners.get(key) ?? [])].map(async (listener) => listener(value)),
      );
      await Promise.all(calls);
    }
  }
}

type Path = (string | number)[];

/** Takes binary values out of the state, by their paths, and puts references in the place of models. */
function encode(state: State): { json: State; paths: Path[]; buffers: Uint8Array[] } {
  const paths: Path[] = [];
  const buffers: Uint8Array[] = [];
  const visit = (value: unknown, path: Path): unknown => {
    if (value instanceof WidgetModel) return `IPY_MODEL_${value.id}`;
    if (ArrayBuffer.isView(value)) {
      paths.push(path);
      buffers.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      return null;
    }
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, visit(item, [...path, key])]),
      );
    }
    return value;
  };
  return { json: visit(state, []) as State, paths, buffers };
}

function decode(state: State, paths: readonly Path[], buffers: readonly Buffer[]): State {
  paths.forEach((path, index) => {
    let at = state as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
    at[path.at(-1) as string | number] = buffers[index];
  });
  return state;
}

/** A page that was loaded anew asks for every widget at once. */
export function answerStateRequests(): void {
  registerTarget(CONTROL_TARGET, (comm) => {
    comm.onMessage = ({ data }) => {
      if (data.method !== 'request_states') return;
      const states: State = {};
      const paths: Path[] = [];
      const buffers: Uint8Array[] = [];
      for (const model of models.values()) {
        const snapshot = model.snapshot();
        const state = snapshot.json;
        states[model.id] = {
          model_name: state._model_name,
          model_module: state._model_module,
          model_module_version: state._model_module_version,
          state,
        };
        snapshot.paths.forEach((path, index) => {
          paths.push([model.id, 'state', ...path]);
          buffers.push(snapshot.buffers[index] as Uint8Array);
        });
      }
      comm.send({ method: 'update_states', states, buffer_paths: paths }, buffers);
    };
  });
}
