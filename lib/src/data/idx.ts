/**
 * Reads files in the IDX format, in which MNIST is published (LeCun, Cortes and Burges): four bytes of magic
 * number (0, 0, element type, number of dimensions), each dimension as a big-endian 32-bit integer, then the
 * elements, the last dimension running fastest.
 */
import { readFileSync } from 'node:fs';

/** Element type 8: unsigned bytes. */
const UNSIGNED_BYTE = 0x08;

export interface IdxArray {
  readonly dimensions: readonly number[];
  readonly values: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes and checks it against the dimensions that it should have.
 * @param expected the dimensions, for example [60000, 28, 28]
 * @param remedy what the reader should do about a bad file, the end of each message
 * @throws Error when the file is missing; RangeError when its magic number, dimensions or length are wrong
 */
export function readIdx(path: string, expected: readonly number[], remedy: string): IdxArray {
  const bytes = readWhole(path, remedy);
  const headerLength = 4 + 4 * expected.length;
  if (bytes.length < headerLength) {
    throw new RangeError(
      `${path} must have a header of ${headerLength} bytes, found ${bytes.length} bytes in all; ${remedy}`,
    );
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const magic = header.getUint32(0);
  const expectedMagic = (UNSIGNED_BYTE << 8) | expected.length;
  if (magic !== expectedMagic) {
    throw new RangeError(
      `${path} must start with the magic number ${hex(expectedMagic)} (unsigned bytes, ${expected.length} ` +
        `dimensions), found ${hex(magic)}; ${remedy}`,
    );
  }
  const dimensions = expected.map((_, i) => header.getUint32(4 + 4 * i));
  if (dimensions.some((size, i) => size !== expected[i])) {
    throw new RangeError(
      `${path} must have the dimensions ${expected.join(' x ')}, found ${dimensions.join(' x ')}; ${remedy}`,
    );
  }
  const length = expected.reduce((product, size) => product * size, 1);
  if (bytes.length !== headerLength + length) {
    throw new RangeError(
      `${path} must have ${headerLength + length} bytes (a header of ${headerLength} and ${length} elements), ` +
        `found ${bytes.length}; ${remedy}`,
    );
  }
  return { dimensions, values: bytes.subarray(headerLength) };
}

function readWhole(path: string, remedy: string): Uint8Array {
  try {
    const buffer = readFileSync(path);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${path} could not be read (${reason}); ${remedy}`, { cause: error });
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
