import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Random } from '../random.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  fromHalf,
  readSafetensors,
  toHalf,
  writeAtomically,
} from './safetensors.js';

const random = new Random(1);
const tensors = {
  weights: { shape: [2, 3], values: Float32Array.from({ length: 6 }, () => random.normal()) },
  one: { shape: [], values: Float32Array.of(-1.5) },
};

test('what is written is read again, to the last bit in float32', () => {
  const bytes = encodeSafetensors({ tensors, metadata: { name: 'π' } });
  const again = decodeSafetensors(bytes);
  expect(again.tensors).toEqual(tensors);
  expect(again.metadata).toEqual({ name: 'π' });
  expect(Number(Buffer.from(bytes).readBigUInt64LE(0)) % 8).toBe(0);
});

test('in float16 to half a unit of the last place, in half the space', () => {
  const again = decodeSafetensors(encodeSafetensors({ tensors, metadata: {} }, true)).tensors.weights.values;
  tensors.weights.values.forEach((value, i) => {
    expect(Math.abs(again[i] - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -11);
  });
});

test('float16 as in the standard', () => {
  for (const [value, bits] of [
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff], // the largest
    [65520, 0x7c00], // rounds to infinity
    [Number.POSITIVE_INFINITY, 0x7c00],
    [2 ** -14, 0x0400], // the least normal one
    [2 ** -24, 0x0001], // the least
    [2 ** -25, 0x0000], // half of it: to even
    [1 + 2 ** -11, 0x3c00], // half way: to even
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 / 3, 0x3555],
  ]) {
    expect(toHalf(value)).toBe(bits);
  }
  expect(Number.isNaN(fromHalf(toHalf(Number.NaN)))).toBe(true);
  for (let bits = 0; bits < 0x7c00; bits++) {
    expect(toHalf(fromHalf(bits))).toBe(bits);
  }
});

test('a damaged file is said to be one', () => {
  const bytes = encodeSafetensors({ tensors, metadata: {} });
  expect(() => decodeSafetensors(bytes.slice(0, 5), 'it')).toThrow(/it is no safetensors file, or a damaged/);
  expect(() => decodeSafetensors(bytes.slice(0, -1), 'it')).toThrow(/it is cut off or damaged at "one"/);
  const other = Buffer.from(bytes);
  other.write('F99', other.indexOf('F32'));
  expect(() => decodeSafetensors(other, 'it')).toThrow(/must hold F32 or F16, found F99/);
});

test('a file that cannot be written whole leaves nothing behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
  try {
    expect(() => writeAtomically(join(folder, 'no', 'such'), 'x')).toThrow(/ENOENT/);
    writeAtomically(join(folder, 'a'), encodeSafetensors({ tensors, metadata: {} }));
    expect(readSafetensors(join(folder, 'a')).tensors.one.values[0]).toBe(-1.5);
    expect(readdirSync(folder)).toEqual(['a']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
