/** Puts `widgets` among the globals. */
import * as controls from './controls.js';
import { interact } from './interact.js';
import { answerStateRequests } from './model.js';

export function installWidgets(): void {
  answerStateRequests();
  const { slider, dropdown, toggle, text, button, play, progressBar, box, link, anywidget } = controls;
  const value = { slider, dropdown, toggle, text, button, play, progressBar, box, link, anywidget, interact };
  Object.defineProperty(globalThis, 'widgets', { value, writable: true, configurable: true });
}
