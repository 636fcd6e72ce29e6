/** Widgets that hold or join others. */
import type { Control } from './controls.js';
import { WidgetModel } from './model.js';
import { CONTROLS, model, modelOf, type Part } from './parts.js';

/** Puts widgets below or, with `row`, beside each other. */
export function box(children: readonly Part[], direction: 'column' | 'row' = 'column'): WidgetModel {
  return model(direction === 'row' ? 'HBox' : 'VBox', { children: children.map(modelOf), wide: false });
}

/** One at a time, each behind its title. */
function titled(name: 'Tab' | 'Accordion', parts: Readonly<Record<string, Part>>): WidgetModel {
  const titles = Object.keys(parts);
  if (titles.length === 0) throw new RangeError(`${name}: expected at least one titled widget, found none.`);
  const children = Object.values(parts).map(modelOf);
  return model(name, { children, titles, selected_index: 0, wide: false });
}

export function tabs(parts: Readonly<Record<string, Part>>): WidgetModel {
  return titled('Tab', parts);
}

export function accordion(parts: Readonly<Record<string, Part>>): WidgetModel {
  return titled('Accordion', parts);
}

/** Keeps two values equal in the browser, without asking the kernel: a slider that plays. */
export function link(source: Control<number>, target: Control<number>): WidgetModel {
  return new WidgetModel({
    ...CONTROLS,
    _model_name: 'LinkModel',
    _view_module: '@jupyter-widgets/controls',
    _view_module_version: '2.0.0',
    _view_name: null,
    source: [source.model, 'value'],
    target: [target.model, 'value'],
  });
}
