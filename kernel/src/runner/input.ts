/** Asking the user in the notebook: `await input('Name? ')`, and the browser's `prompt`, `confirm` and `alert`. */
import type { ToRunner } from '../shared/protocol.js';
import { currentContext, Interrupted } from './context.js';
import { waitFor } from './inbox.js';
import { send } from './output.js';

interface Question {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

const questions = new Map<number, Question>();
let count = 0;

function put(prompt: unknown, password: boolean): number {
  count++;
  send({ type: 'input', id: count, cell: currentContext()?.cell ?? 0, prompt: String(prompt), password });
  return count;
}

export function ask(prompt: unknown, password: boolean): Promise<string> {
  const context = currentContext();
  const id = put(prompt, password);
  return new Promise<string>((resolve, reject) => {
    questions.set(id, { resolve, reject });
    // Stop takes the question back, also one of a timer that outlived its cell.
    const end = (): void => {
      if (!questions.delete(id)) return;
      send({ type: 'input-end', id });
      reject(new Interrupted());
    };
    context?.controller.signal.addEventListener('abort', end, { once: true });
    context?.stopped.catch(end);
  });
}

type Answer = Extract<ToRunner, { type: 'input' | 'no-input' }>;

/** Asks and holds everything until the answer is there, as these functions do in a browser. */
function askNow(name: string, prompt: string): string {
  const id = put(prompt, false);
  const answer = waitFor(
    (message): message is Answer =>
      (message.type === 'input' || message.type === 'no-input') && message.id === id,
  );
  if (answer.type === 'no-input') throw refusal(name);
  return answer.value;
}

function refusal(name: string): Error {
  const message = `${name}() has nobody to ask: this frontend takes no input for the cell. Set the value in the cell instead.`;
  return Object.assign(new Error(message), { name: 'StdinNotImplementedError' });
}

export function receiveInput(id: number, value: string): void {
  questions.get(id)?.resolve(value);
  questions.delete(id);
}

export function refuseInput(id: number): void {
  questions.get(id)?.reject(refusal('input'));
  questions.delete(id);
}

/** What Deno prints behind the question is what a user of its kernel knows. */
const browser = {
  prompt(text: unknown = 'Prompt', defaultText: unknown = ''): string {
    const shown = defaultText === '' ? `${text} ` : `${text} [${defaultText}] `;
    return askNow('prompt', shown) || String(defaultText);
  },
  confirm(text: unknown = 'Confirm'): boolean {
    return /^y(es)?$/i.test(askNow('confirm', `${text} [y/N] `).trim());
  },
  alert(text: unknown = 'Alert'): void {
    askNow('alert', `${text} [Enter] `);
  },
};

export function installInput(): void {
  const input = (prompt: unknown = ''): Promise<string> => ask(prompt, false);
  const value = Object.assign(input, { password: (prompt: unknown = '') => ask(prompt, true) });
  for (const [name, item] of [['input', value], ...Object.entries(browser)] as const)
    Object.defineProperty(globalThis, name, { value: item, writable: true, configurable: true });
}
