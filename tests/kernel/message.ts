/** Jupyter messages as they travel over ZMQ: frames, signature and the JSON parts between them. */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

export type Channel = 'shell' | 'control' | 'stdin' | 'iopub';

export interface Header {
  msg_id: string;
  session: string;
  username: string;
  date: string;
  msg_type: string;
  version: string;
  subshell_id?: string | null;
}

/** Contents are whatever the kernel sent: the schemas say what they must be, the tests look inside. */
// biome-ignore lint/suspicious/noExplicitAny: a message's content is foreign JSON until its schema has passed it
export type Json = any;

export interface Message {
  channel: Channel;
  header: Header;
  parent_header: Partial<Header>;
  metadata: Record<string, Json>;
  content: Record<string, Json>;
  buffers: Buffer[];
  /** `performance.now()` of this process when the frames arrived. */
  receivedAt: number;
}

const DELIMITER = Buffer.from('<IDS|MSG>');

export function newHeader(msgType: string, session: string, subshell?: string): Header {
  return {
    msg_id: randomUUID(),
    session,
    username: 'tests',
    date: new Date().toISOString(),
    msg_type: msgType,
    version: '5.5',
    ...(subshell === undefined ? {} : { subshell_id: subshell }),
  };
}

function sign(key: string, parts: Buffer[]): string {
  // Without a key messages go unsigned.
  if (key === '') return '';
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}

/** The frames of a request. A request has no parent; a reply to the kernel (input_reply) names one. */
export function encode(
  key: string,
  header: Header,
  content: Json,
  parent: Partial<Header> = {},
  buffers: Buffer[] = [],
): Buffer[] {
  const parts = [header, parent, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
  return [DELIMITER, Buffer.from(sign(key, parts)), ...parts, ...buffers];
}

/** Reads frames; throws when they are not a signed Jupyter message. */
export function decode(key: string, channel: Channel, frames: Buffer[]): Message {
  const receivedAt = performance.now();
  const at = frames.findIndex((frame) => frame.equals(DELIMITER));
  if (at < 0)
    throw new Error(
      `Expected the <IDS|MSG> delimiter on ${channel}, found ${frames.length} frames without it`,
    );
  const parts = frames.slice(at + 2, at + 6);
  if (parts.length < 4) throw new Error(`Expected 4 JSON frames on ${channel}, found ${parts.length}`);
  const expected = Buffer.from(sign(key, parts));
  const found = frames[at + 1];
  if (found.length !== expected.length || !timingSafeEqual(found, expected)) {
    throw new Error(`The signature of a message on ${channel} is wrong: ${parts[0].toString()}`);
  }
  const [header, parent_header, metadata, content] = parts.map((part) => JSON.parse(part.toString()));
  return { channel, header, parent_header, metadata, content, buffers: frames.slice(at + 6), receivedAt };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ANSI colours start with the escape character
const ANSI = /\u001b\[[0-9;]*m/g;

/** A traceback as one text without colours. */
export function plain(text: string | string[]): string {
  return (Array.isArray(text) ? text.join('\n') : text).replace(ANSI, '');
}
