/** A line `name?` or `name??`: shows what is known of the name. A cell of one such line is answered by the wire process alone. */
import type { NameHelp } from '../../shared/protocol.js';
import { ask } from '../ask.js';
import { displayBundle } from '../display.js';

export async function help(name: string, withSource: boolean): Promise<void> {
  const { about, plain } = await ask<NameHelp>({ kind: 'help', name, source: withSource });
  displayBundle({ data: { 'text/markdown': about, 'text/plain': plain } });
}
