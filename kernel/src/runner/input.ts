/** `await input('Name? ')`: asks the user in the notebook. */
import { currentContext, Interrupted } from './context.js';
import { send } from './output.js';

interface Question {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

const questions = new Map<number, Question>();
let count = 0;

function ask(prompt: unknown, password: boolean): Promise<string> {
  const context = currentContext();
  count++;
  const id = count;
  const answer = new Promise<string>((resolve, reject) => {
    questions.set(id, { resolve, reject });
    // Stop takes the question back.
    context?.controller.signal.addEventListener('abort', () => reject(new Interrupted()), { once: true });
  });
  send({ type: 'input', id, cell: context?.cell ?? 0, prompt: String(prompt), password });
  return answer;
}

export function receiveInput(id: number, value: string): void {
  questions.get(id)?.resolve(value);
  questions.delete(id);
}

export function refuseInput(id: number): void {
  const message =
    'input() has nobody to ask: this frontend takes no input for the cell. Set the value in the cell instead.';
  questions.get(id)?.reject(Object.assign(new Error(message), { name: 'StdinNotImplementedError' }));
  questions.delete(id);
}

export function installInput(): void {
  const input = (prompt: unknown = ''): Promise<string> => ask(prompt, false);
  const value = Object.assign(input, { password: (prompt: unknown = '') => ask(prompt, true) });
  Object.defineProperty(globalThis, 'input', { value, writable: true, configurable: true });
}
