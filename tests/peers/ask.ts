/** Asks one peer about one feature after the other, with as few kernels as the answers allow. */
import { type Feature, type Group, languageOf, type Peer, probeOf, word } from './feature.js';
import { Session, Unable } from './session.js';

export class Asker {
  #session: Session | undefined;
  #files: Record<string, string> | undefined;

  constructor(readonly peer: Peer) {}

  /** The word for the table; throws when the probe itself is wrong. */
  async ask(group: Group, feature: Feature): Promise<{ word: string; because?: string }> {
    const probe = probeOf(feature, this.peer);
    if (!probe) return { word: '–' };
    const files = group.files?.[this.peer] ?? group.files?.[languageOf[this.peer]];
    if (!this.#session?.usable || this.#files !== files) {
      this.close();
      this.#session = await Session.start(this.peer, { files });
      this.#files = files;
    }
    try {
      return { word: word(await probe(this.#session)) };
    } catch (error) {
      if (!(error instanceof Unable)) throw error;
      return { word: 'no', because: error.message };
    }
  }

  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }
}
