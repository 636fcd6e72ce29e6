/**
 * Frames on a byte pipe: a 4-byte big-endian length, then that many bytes of UTF-8 JSON. A message that says
 * `attached: true` is followed by a second frame, which is handed on as bytes.
 *
 * The wire process and the runner talk in these. A message is written whole by one synchronous call, so output
 * keeps its order and leaves even while a busy loop holds the event loop.
 */
import { textOf, writeText } from './bytes.js';

/** Kept from the start: a cell that breaks these must not take the kernel with it. */
const { parse, stringify } = JSON;
const { allocUnsafe, byteLength } = Buffer;

/**
 * Encodes one message as a frame.
 * @param attached what follows it, for a message that says so
 */
export function encodeFrame(message: unknown, attached?: string): Buffer {
  const text = stringify(message);
  const size = byteLength(text);
  const attachedSize = attached === undefined ? 0 : byteLength(attached);
  const frame = allocUnsafe(4 + size + (attached === undefined ? 0 : 4 + attachedSize));
  frame.writeUInt32BE(size, 0);
  writeText(frame, text, 4, size);
  if (attached === undefined) return frame;
  frame.writeUInt32BE(attachedSize, 4 + size);
  writeText(frame, attached, 8 + size, attachedSize);
  return frame;
}

/** Returns a function to feed with chunks; `onMessage` gets each whole message in order. */
export function frameDecoder<T>(
  onMessage: (message: T, attached: Buffer | undefined) => void,
): (chunk: Buffer) => void {
  let pending: Buffer[] = [];
  let length = 0;
  let wanted = 4;
  /** The message whose attachment is to come. */
  let head: { readonly message: T } | undefined;
  const keep = (rest: Buffer): void => {
    pending = rest.length > 0 ? [rest] : [];
    length = rest.length;
  };
  return (chunk) => {
    pending.push(chunk);
    length += chunk.length;
    // Join only when a whole frame is there: a 100 MB message arrives in thousands of chunks.
    if (length < wanted) return;
    let buffer = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending, length);
    for (;;) {
      if (buffer.length < 4) {
        wanted = 4;
        break;
      }
      wanted = 4 + buffer.readUInt32BE(0);
      if (buffer.length < wanted) break;
      const body = buffer.subarray(4, wanted);
      buffer = buffer.subarray(wanted);
      wanted = 4;
      // Noted before the message is handled: user code that it leads to may be ended from outside.
      keep(buffer);
      if (head !== undefined) {
        const { message } = head;
        head = undefined;
        onMessage(message, body);
        continue;
      }
      const message = parse(textOf(body)) as T;
      if ((message as { attached?: boolean }).attached === true) head = { message };
      else onMessage(message, undefined);
    }
    keep(buffer);
  };
}
