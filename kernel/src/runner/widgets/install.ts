/** Puts `widgets` among the globals. */
import * as containers from './containers.js';
import * as controls from './controls.js';
import { interact } from './interact.js';
import { answerStateRequests } from './model.js';
import { OutputArea } from './outputs.js';

export function installWidgets(): void {
  answerStateRequests();
  const { slider, dropdown, toggle, text, button, play, progressBar, control, anywidget } = controls;
  const { box, tabs, accordion, link } = containers;
  const output = (): OutputArea => new OutputArea();
  const inputs = { slider, dropdown, toggle, text, button, play, progressBar, control, anywidget };
  const value = { ...inputs, box, tabs, accordion, link, output, interact };
  Object.defineProperty(globalThis, 'widgets', { value, writable: true, configurable: true });
}
