/**
 * Frames on a byte pipe: a 4-byte big-endian length, then that many bytes of UTF-8 JSON.
 *
 * The wire process and the runner talk in these. A frame is written whole by one synchronous call, so output
 * keeps its order and leaves even while a busy loop holds the event loop.
 */

/** Kept from the start: a cell that breaks these must not take the kernel with it. */
const { parse, stringify } = JSON;
const { allocUnsafe, byteLength } = Buffer;

/** Encodes one message as a frame. */
export function encodeFrame(message: unknown): Buffer {
  const text = stringify(message);
  const size = byteLength(text);
  const frame = allocUnsafe(4 + size);
  frame.writeUInt32BE(size, 0);
  frame.write(text, 4);
  return frame;
}

/** Returns a function to feed with chunks; `onMessage` gets each whole message in order. */
export function frameDecoder<T>(onMessage: (message: T) => void): (chunk: Buffer) => void {
  let pending: Buffer[] = [];
  let length = 0;
  let wanted = 4;
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
      const body = buffer.toString('utf8', 4, wanted);
      buffer = buffer.subarray(wanted);
      wanted = 4;
      // Noted before the message is handled: user code that it leads to may be ended from outside.
      keep(buffer);
      onMessage(parse(body) as T);
    }
    keep(buffer);
  };
}
