/** Jupyter messages on the wire: parts, signature, header. */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { bytesOf, textOf } from '../shared/bytes.js';

export const PROTOCOL_VERSION = '5.5';
const DELIMITER = Buffer.from('<IDS|MSG>');

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
  /** The subshell that is asked; the main shell when absent or null. */
  readonly subshell_id?: string | null;
}

export interface Message {
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parent: Header | Record<string, never>;
  readonly metadata: Record<string, unknown>;
  readonly content: Record<string, unknown>;
  readonly buffers: readonly Buffer[];
}

/** A header is a few short strings. It is echoed with every answer, so one that is not that small is no header. */
const LONGEST_HEADER = 4096;
/** So many signatures are remembered. */
const REMEMBERED = 1 << 16;

export class Codec {
  readonly #key: string;
  /** Signatures of messages that came: none is taken twice, so nobody who overheard one can run it again. */
  readonly #taken = new Set<string>();
  readonly #session = randomUUID();

  /** @param key the connection's HMAC-SHA256 key; empty means unsigned */
  constructor(key: string) {
    this.#key = key;
  }

  header(type: string): Header {
    return {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.#session,
      username: 'kernel',
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
  }

  /**
   * @param type the message's type, or its header where that must be known before
   * @param content an object, or its JSON as bytes
   */
  encode(
    type: string | Header,
    content: object | Buffer,
    parent: Header | Record<string, never>,
    identities: readonly Buffer[],
    metadata: object = {},
    buffers: readonly Buffer[] = [],
  ): Buffer[] {
    const header = typeof type === 'string' ? this.header(type) : type;
    const parts = [header, parent, metadata, content].map((part) =>
      Buffer.isBuffer(part) ? part : bytesOf(JSON.stringify(part)),
    );
    return [...identities, DELIMITER, Buffer.from(this.#sign(parts)), ...parts, ...buffers];
  }

  /**
   * @returns the message, or undefined when it is not one: a wrong signature, one that came before, missing parts, no
   * JSON. Such input is dropped, as the protocol asks.
   */
  decode(frames: readonly Buffer[]): Message | undefined {
    const at = frames.findIndex((frame) => frame.equals(DELIMITER));
    if (at < 0 || frames.length < at + 6) return undefined;
    const signature = frames[at + 1] as Buffer;
    const parts = frames.slice(at + 2, at + 6);
    const expected = Buffer.from(this.#sign(parts));
    if (this.#key && (signature.length !== expected.length || !timingSafeEqual(signature, expected)))
      return undefined;
    if ((parts[0] as Buffer).length > LONGEST_HEADER || this.#isRepeated(signature)) return undefined;
    try {
      const [header, parent, metadata, content] = parts.map((part) => JSON.parse(textOf(part)));
      if (typeof header?.msg_type !== 'string' || typeof header.msg_id !== 'string') return undefined;
      if (typeof content !== 'object' || content === null) return undefined;
      return {
        identities: frames.slice(0, at),
        header,
        parent,
        metadata,
        content,
        buffers: frames.slice(at + 6),
      };
    } catch {
      return undefined;
    }
  }

  #isRepeated(signature: Buffer): boolean {
    if (!this.#key) return false;
    const text = signature.toString('latin1');
    if (this.#taken.has(text)) return true;
    this.#taken.add(text);
    if (this.#taken.size > REMEMBERED) {
      const [oldest] = this.#taken;
      this.#taken.delete(oldest as string);
    }
    return false;
  }

  #sign(parts: readonly Buffer[]): string {
    if (!this.#key) return '';
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }
}
