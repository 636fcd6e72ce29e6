/** What the models of `@jupyter-widgets/controls` have in common. */
import { type State, WidgetModel } from './model.js';

export const CONTROLS = { _model_module: '@jupyter-widgets/controls', _model_module_version: '2.0.0' };
export const CONTROLS_VIEW = { _view_module: '@jupyter-widgets/controls', _view_module_version: '2.0.0' };
const BASE = { _model_module: '@jupyter-widgets/base', _model_module_version: '2.0.0' };

/** Room for a label such as "learning rate", which the default cuts off. */
export const LABEL = { description_width: '10em' };

export function layout(properties: State = {}): WidgetModel {
  return new WidgetModel({
    ...BASE,
    _model_name: 'LayoutModel',
    _view_module: '@jupyter-widgets/base',
    _view_module_version: '2.0.0',
    _view_name: 'LayoutView',
    ...properties,
  });
}

export function style(name: string, properties: State = {}): WidgetModel {
  return new WidgetModel({
    ...CONTROLS,
    _model_name: `${name}Model`,
    _view_module: '@jupyter-widgets/base',
    _view_module_version: '2.0.0',
    _view_name: 'StyleView',
    ...properties,
  });
}

/** @param state with `wide: false` the widget is as wide as it needs to be, and not as the notebook */
export function model(name: string, { wide = true, ...state }: State, view = `${name}View`): WidgetModel {
  return new WidgetModel({
    ...CONTROLS,
    ...CONTROLS_VIEW,
    _model_name: `${name}Model`,
    _view_name: view,
    layout: layout(wide ? { width: 'auto', max_width: '36em' } : { flex: '0 0 auto' }),
    ...state,
  });
}

/** A widget, or what has one. */
export type Part = WidgetModel | { readonly model: WidgetModel };

export function modelOf(part: Part): WidgetModel {
  return part instanceof WidgetModel ? part : part.model;
}
