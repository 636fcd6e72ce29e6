/** The tests of one peer: asked again, it has to answer what the table says. */
import { afterAll, describe, expect, test } from 'vitest';
import { Asker } from './ask.js';
import { type Feature, type Group, type Peer, peers, probeOf } from './feature.js';
import { groups } from './features/index.js';
import { kernels, Missing } from './kernels.mjs';
import { waitLonger } from './session.js';
import { readResults } from './table.js';

const OURS: Peer = 'batchnorm-lab';

/**
 * We are asked about every feature; each of the others about a third of them, every third from a place of its own. Their
 * versions are pinned, so what could change an answer is a change of the question, and all take six minutes.
 * PEERS_EVERY=1 asks all, as `npm run features` does.
 */
const EVERY = Number(process.env.PEERS_EVERY ?? 3);

/**
 * Our own answers must be the table's. Those of other kernels may differ in so many rows: tslab loses messages and skips
 * cells now and then, ipykernel hears some signals late, and their moods must not turn our tests red.
 */
const MOST = EVERY === 1 ? 5 : 3;

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
  const differing: string[] = [];
  afterAll(() => asker.close());
  const asked = groups.flatMap(({ features }) => features).filter((feature) => probeOf(feature, peer));
  const chosen = asked.filter((_, i) => peer === OURS || i % EVERY === peers.indexOf(peer) % EVERY);
  for (const group of groups) {
    const features = group.features.filter((feature) => chosen.includes(feature));
    if (features.length === 0) continue;
    describe(group.title, () => {
      for (const feature of features) {
        const expected = committed[feature.title]?.[peer];
        test(`${feature.title}: ${expected}`, async () => {
          const { word, because } = await answer(asker, group, feature, expected);
          if (peer === OURS) expect(word, because).toBe(expected);
          else if (!agrees(peer, word, expected))
            differing.push(`${feature.title}: ${expected} in the table, ${word} now. ${because ?? ''}`);
        });
      }
    });
  }
  if (peer === OURS) return;
  test(`answers as the table says, but for at most ${MOST} rows`, () => {
    if (differing.length > 0) console.warn(`${peer} differs from the table:\n${differing.join('\n')}`);
    expect(differing.length, differing.join('\n')).toBeLessThanOrEqual(MOST);
  });
}

/** How another kernel fails can differ from one time to the next (a lost message, a lost session); that it fails cannot. */
function agrees(peer: Peer, word: string, expected: string | undefined): boolean {
  return peer === OURS ? word === expected : (word === 'yes') === (expected === 'yes');
}

/** Asks again, with more patience, before it believes that something has changed: a machine may be busy with other things. */
async function answer(asker: Asker, group: Group, feature: Feature, expected: string | undefined) {
  let last: Awaited<ReturnType<Asker['ask']>> = { word: 'no' };
  for (const times of [1, 4]) {
    waitLonger(times);
    try {
      last = await asker.ask(group, feature);
    } catch (error) {
      if (asker.peer === OURS && times > 1) throw error;
      last = { word: 'no', because: String(error) };
    }
    if (agrees(asker.peer, last.word, expected)) break;
  }
  waitLonger(1);
  return last;
}
