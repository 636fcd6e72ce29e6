/** The controls of `@jupyter-widgets/controls` that lectures need, with types. */
import { type State, WidgetModel } from './model.js';
import { LABEL, layout, model, style } from './parts.js';

/** A widget with a value of type T. */
export class Control<T> {
  readonly model: WidgetModel;
  readonly #read: (value: unknown) => T;
  readonly #write: (value: T) => State;
  readonly #key: string;

  constructor(
    model: WidgetModel,
    key = 'value',
    read: (value: unknown) => T = (value) => value as T,
    write: (value: T) => State = (value) => ({ [key]: value }),
  ) {
    this.model = model;
    this.#key = key;
    this.#read = read;
    this.#write = write;
  }

  get value(): T {
    return this.#read(this.model.get(this.#key));
  }

  set value(value: T) {
    this.model.set(this.#write(value));
  }

  /** Calls `listener` whenever the user changes the value. @returns a function that ends it */
  onChange(listener: (value: T) => unknown): () => void {
    return this.model.onChange(this.#key, (value) => listener(this.#read(value)));
  }

  [Symbol.for('Jupyter.display')](): Record<string, unknown> {
    return this.model.bundle();
  }
}

export interface SliderOptions {
  readonly label?: string;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly value?: number;
  /** Equal steps multiply: `step` then counts in decades. */
  readonly log?: boolean;
  /** How numbers are shown, in d3's format. */
  readonly format?: string;
  /** False: only when the user lets go, for computations that take long. */
  readonly continuous?: boolean;
}

function number(name: string, argument: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`${name}: ${argument} must be a finite number, found ${String(value)}.`);
}

export function slider(options: SliderOptions): Control<number> {
  const min = number('slider', 'min', options.min);
  const max = number('slider', 'max', options.max);
  if (min >= max) throw new RangeError(`slider: min must be below max, found min ${min} and max ${max}.`);
  if (options.log && min <= 0) throw new RangeError(`slider: with log, min must be above 0, found ${min}.`);
  const start = number('slider', 'value', options.value ?? min);
  if (start < min || start > max) {
    throw new RangeError(`slider: value must be between ${min} and ${max}, found ${start}.`);
  }
  const write = (value: number): State => ({ value: number('slider', 'value', value) });
  const common = {
    value: start,
    description: options.label ?? '',
    continuous_update: options.continuous ?? true,
    style: style('SliderStyle', LABEL),
    behavior: 'drag-tap',
  };
  if (options.log) {
    const scale = { min: Math.log10(min), max: Math.log10(max), base: 10, step: options.step ?? 0.1 };
    const widget = model('FloatLogSlider', { ...common, ...scale, readout_format: options.format ?? '.3g' });
    return new Control(widget, 'value', tidy, write);
  }
  const step =
    options.step ??
    (Number.isInteger(min) && Number.isInteger(max) && max - min >= 5 ? 1 : (max - min) / 100);
  const whole = [min, max, start, step].every(Number.isInteger);
  const widget = model(whole ? 'IntSlider' : 'FloatSlider', {
    ...common,
    min,
    max,
    step,
    readout_format: options.format ?? (whole ? 'd' : '.3g'),
  });
  return new Control(widget, 'value', tidy, write);
}

/** The browser computes positions, so 0.1 comes back as 0.09999999999999995. */
function tidy(value: unknown): number {
  return Number(Number(value).toPrecision(12));
}

/** A choice among named values. */
export function dropdown<T>(options: {
  readonly label?: string;
  readonly options: readonly (T & (string | number | boolean))[] | Readonly<Record<string, T>>;
  readonly value?: T;
}): Control<T> {
  const choices: readonly (readonly [string, T])[] = Array.isArray(options.options)
    ? (options.options as readonly T[]).map((value) => [String(value), value] as const)
    : Object.entries(options.options as Readonly<Record<string, T>>);
  if (choices.length === 0)
    throw new RangeError('dropdown: options must hold at least one choice, found none.');
  const indexOf = (wanted: unknown): number => {
    const index = choices.findIndex(([, value]) => Object.is(value, wanted));
    if (index < 0)
      throw new RangeError(`dropdown: value must be one of the options, found ${String(wanted)}.`);
    return index;
  };
  const at = options.value === undefined ? 0 : indexOf(options.value);
  const widget = model('Dropdown', {
    _options_labels: choices.map(([label]) => label),
    index: at,
    description: options.label ?? '',
    style: style('DescriptionStyle', LABEL),
  });
  return new Control<T>(
    widget,
    'index',
    (index) => (choices[index as number] as readonly [string, T])[1],
    (value) => ({ index: indexOf(value) }),
  );
}

/** A check box, or with `button` a button that stays down. */
export function toggle(
  options: { readonly label?: string; readonly value?: boolean; readonly button?: boolean } = {},
): Control<boolean> {
  if (options.button) {
    const state = { value: options.value ?? false, description: options.label ?? '', tooltip: '', icon: '' };
    return new Control(model('ToggleButton', { ...state, style: style('ToggleButtonStyle'), wide: false }));
  }
  return new Control(
    model('Checkbox', {
      value: options.value ?? false,
      description: options.label ?? '',
      indent: true,
      style: style('CheckboxStyle', LABEL),
    }),
  );
}

export function text(options: { readonly label?: string; readonly value?: string } = {}): Control<string> {
  return new Control(
    model('Text', {
      value: options.value ?? '',
      description: options.label ?? '',
      continuous_update: false,
      style: style('TextStyle', LABEL),
    }),
  );
}

/** A button. Its value counts the clicks. */
export function button(label: string, onClick?: () => unknown): Control<number> {
  const widget = model('Button', { description: label, clicks: 0, style: style('ButtonStyle'), wide: false });
  const control = new Control<number>(widget, 'clicks', (value) => Number(value ?? 0));
  widget.onCustom(async (content) => {
    if ((content as { event?: string }).event !== 'click') return;
    widget.set({ clicks: control.value + 1 });
    await onClick?.();
  });
  return control;
}

/** Steps through whole numbers by itself, so that a figure moves. */
export function play(options: {
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly value?: number;
  /** Milliseconds between steps. */
  readonly interval?: number;
}): Control<number> {
  return new Control(
    model('Play', {
      min: number('play', 'min', options.min),
      max: number('play', 'max', options.max),
      step: options.step ?? 1,
      value: options.value ?? options.min,
      interval: options.interval ?? 200,
      playing: false,
      repeat: false,
      show_repeat: true,
      style: style('DescriptionStyle'),
      wide: false,
    }),
  );
}

export function progressBar(
  options: { readonly label?: string; readonly max?: number } = {},
): Control<number> {
  return new Control(
    model(
      'FloatProgress',
      {
        value: 0,
        min: 0,
        max: options.max ?? 1,
        bar_style: '',
        description: options.label ?? '',
        style: style('ProgressStyle', LABEL),
      },
      'ProgressView',
    ),
  );
}

/**
 * Any other control of `@jupyter-widgets/controls`, by its name there: `control('ColorPicker', { value: '#ff0000' })`.
 * @param state what it starts with, under the names that ipywidgets documents
 */
export function control<T>(name: string, state: State & { readonly value?: T }): Control<T> {
  return new Control<T>(model(name, { style: style('DescriptionStyle', LABEL), ...state }));
}

/**
 * A widget of your own, as anywidget has it: an ES module whose default export has `render({ model, el })`.
 * @param options.state what `model.get(name)` and `model.set(name, value)` reach in the browser
 */
export function anywidget(options: {
  readonly esm: string;
  readonly css?: string;
  readonly state?: State;
}): WidgetModel {
  return new WidgetModel({
    _model_module: 'anywidget',
    _model_module_version: '~0.11.*',
    _model_name: 'AnyModel',
    _view_module: 'anywidget',
    _view_module_version: '~0.11.*',
    _view_name: 'AnyView',
    _anywidget_id: 'typescript-kernel',
    _esm: options.esm,
    _css: options.css ?? '',
    layout: layout(),
    ...options.state,
  });
}
