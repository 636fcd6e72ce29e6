/** The tests of one peer: asked again, it has to answer what the table says. */
import { afterAll, describe, expect, test } from 'vitest';
import { Asker } from './ask.js';
import { type Peer, probeOf } from './feature.js';
import { groups } from './features/index.js';
import { kernels, Missing } from './kernels.mjs';
import { waitLonger } from './session.js';
import { readResults } from './table.js';

export function compare(peer: Peer): void {
  try {
    kernels[peer]();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    // In CI a skipped test is a failure.
    test.skip(`${peer} is not here: ${error.message}`, () => undefined);
    return;
  }
  const committed = readResults();
  const asker = new Asker(peer);
  afterAll(() => asker.close());
  for (const group of groups) {
    describe(group.title, () => {
      for (const feature of group.features) {
        if (!probeOf(feature, peer)) continue;
        const expected = committed[feature.title]?.[peer];
        // A peer may lose a message now and then, and a machine may be busy with other things; what a kernel never
        // does, it does not do at the third attempt either, however long it is waited for.
        test(`${feature.title}: ${expected}`, { retry: 2 }, async ({ task }) => {
          waitLonger(4 ** (task.result?.retryCount ?? 0));
          const { word, because } = await asker.ask(group, feature);
          // How another kernel fails can differ from one time to the next (a lost message, a lost session); that it fails cannot.
          if (peer === 'batchnorm-lab') expect(word, because).toBe(expected);
          else expect(word === 'yes', `${word}: ${because}`).toBe(expected === 'yes');
        });
      }
    });
  }
}
