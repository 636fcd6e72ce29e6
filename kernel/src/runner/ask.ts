/** Questions to the wire process, which knows the types. */
import type { Question } from '../shared/protocol.js';
import { currentContext } from './context.js';
import { send } from './output.js';

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const waiting = new Map<number, Waiting>();
let count = 0;

export function ask<T>(question: Question): Promise<T> {
  count++;
  const id = count;
  return new Promise<T>((resolve, reject) => {
    waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
    send({ type: 'ask', id, cell: currentContext()?.cell ?? 0, question });
  });
}

export function receiveAnswer(id: number, answer: unknown, error: string | undefined): void {
  const asked = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) asked?.resolve(answer);
  else asked?.reject(new Error(error));
}
