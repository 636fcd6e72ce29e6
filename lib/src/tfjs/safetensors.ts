/**
 * Arrays in one file, in the safetensors format (github.com/huggingface/safetensors): eight bytes with the length of
 * a JSON header, the header, the numbers. PyTorch, JAX and NumPy read it through the Python package `safetensors`.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';

/** An array with its shape. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What a file holds. */
export interface StoredTensors {
  readonly tensors: Record<string, StoredTensor>;
  /** Texts about them. */
  readonly metadata: Record<string, string>;
}

interface Entry {
  dtype: 'F32' | 'F16';
  shape: number[];
  data_offsets: [number, number];
}

/** The bytes of a safetensors file; with `half` the numbers are rounded to float16. */
export function encodeSafetensors({ tensors, metadata }: StoredTensors, half = false): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    const start = end;
    end += values.length * (half ? 2 : 4);
    header[name] = { dtype: half ? 'F16' : 'F32', shape, data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8; // the numbers begin at a multiple of 8, as the format advises
  const bytes = Buffer.alloc(8 + padded + end, ' ');
  bytes.writeBigUInt64LE(BigInt(padded), 0);
  text.copy(bytes, 8);
  let at = 8 + padded;
  for (const { values } of Object.values(tensors)) {
    for (const value of values) {
      if (half) {
        bytes.writeUInt16LE(toHalf(value), at);
      } else {
        bytes.writeFloatLE(value, at);
      }
      at += half ? 2 : 4;
    }
  }
  return bytes;
}

/**
 * Reads what `encodeSafetensors` wrote, or another program: numbers in F32 or F16.
 * @param what names the file in an error
 * @throws RangeError for a file that is damaged or holds another kind of numbers
 */
export function decodeSafetensors(bytes: Uint8Array, what = 'the file'): StoredTensors {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = data.length >= 8 ? Number(data.readBigUInt64LE(0)) : Number.POSITIVE_INFINITY;
  if (8 + length > data.length) {
    throw new RangeError(`${what} is no safetensors file, or a damaged one`);
  }
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(data.toString('utf8', 8, 8 + length));
  } catch {
    throw new RangeError(`${what} is no safetensors file, or a damaged one`);
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors: Record<string, StoredTensor> = {};
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = entry as Entry; // looked at below
    const count = shape.reduce((a, b) => a * b, 1);
    const size = dtype === 'F16' ? 2 : 4;
    const start = 8 + length + offsets[0];
    if (!['F32', 'F16'].includes(dtype)) {
      throw new RangeError(`${what}: "${name}" must hold F32 or F16, found ${dtype}`);
    }
    if (offsets[1] - offsets[0] !== count * size || 8 + length + offsets[1] > data.length) {
      throw new RangeError(`${what} is cut off or damaged at "${name}"`);
    }
    const values = Float32Array.from({ length: count }, (_, i) =>
      size === 2 ? fromHalf(data.readUInt16LE(start + 2 * i)) : data.readFloatLE(start + 4 * i),
    );
    tensors[name] = { shape, values };
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

/** Writes a file as a whole or not at all: whoever stops the program finds the old one or the new one. */
export function writeAtomically(path: string, bytes: Uint8Array | string): void {
  const part = `${path}.${process.pid}.part`;
  try {
    const file = openSync(part, 'w');
    try {
      const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      for (let done = 0; done < data.length; ) {
        done += writeSync(file, data, done);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** Reads a safetensors file. */
export function readSafetensors(path: string): StoredTensors {
  return decodeSafetensors(readFileSync(path), path);
}

const scratch = new DataView(new ArrayBuffer(4));

/** IEEE 754 binary16, rounded to the nearest, ties to even. */
export function toHalf(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    return sign | 0x7e00; // NaN
  }
  if (magnitude >= 0x47800000) {
    return sign | 0x7c00; // 65536 and more, infinity too
  }
  if (magnitude < 0x38800000) {
    // below 2^-14: a multiple of 2^-24
    const scaled = Math.abs(value) * 2 ** 24;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0));
  }
  // Exponent and fraction together: a carry out of the fraction raises the exponent, up to infinity.
  const shifted = magnitude - 0x38000000;
  return sign | ((shifted + 0xfff + ((shifted >>> 13) & 1)) >>> 13);
}

/** The number that 16 bits stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) {
    return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  }
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
