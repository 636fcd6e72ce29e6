/**
 * The part of Protocol Buffers' wire format that a model file needs, written and not read: a message is a sequence
 * of fields, each a key (field number * 8 + wire type) and a value.
 *
 * | wire type | value                                          | here      |
 * | 0         | varint: 7 bits a byte, lowest first            | `integer` |
 * | 2         | length as a varint, then so many bytes         | `bytes`, `text`, `message` |
 * | 5         | four bytes, lowest first                       | `float`   |
 *
 * (protobuf.dev, "Encoding".) A repeated field is a field that occurs again.
 */

/** The encoded fields of a message. */
export type Encoded = Uint8Array;

/** A whole number of at least 0, seven bits a byte. */
function varint(value: number): number[] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`value must be a whole number from 0 to 2^53 - 1, found ${value}`);
  }
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128); // no bit operations: they would cut the number to 32 bits
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** Fields one after the other. */
export function join(parts: readonly Encoded[]): Encoded {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A field with a whole number of at least 0 (int32, int64, enum). */
export function integer(field: number, value: number): Encoded {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

/** A field with a float32. */
export function float(field: number, value: number): Encoded {
  const encoded = new Uint8Array([...varint(field * 8 + 5), 0, 0, 0, 0]);
  new DataView(encoded.buffer).setFloat32(encoded.length - 4, value, true);
  return encoded;
}

/** A field with bytes. */
export function bytes(field: number, value: Uint8Array): Encoded {
  return join([Uint8Array.from([...varint(field * 8 + 2), ...varint(value.length)]), value]);
}

/** A field with a text, in UTF-8. */
export function text(field: number, value: string): Encoded {
  return bytes(field, new TextEncoder().encode(value));
}

/** A field with a message inside. */
export function message(field: number, ...fields: readonly Encoded[]): Encoded {
  return bytes(field, join(fields));
}
