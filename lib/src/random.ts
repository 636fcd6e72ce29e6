/**
 * Seeded random numbers. Every random draw of the library comes from one of these, given as an argument,
 * so two runs with the same seed give the same bytes.
 *
 * Algorithm: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018),
 * its state filled by SplitMix64 as its authors advise. Seeds and labels are hashed with 64-bit FNV-1a.
 */

const MASK_64 = (1n << 64n) - 1n;

/** 64-bit FNV-1a of the text's UTF-16 code units, each taken as two bytes. */
function hash(text: string): bigint {
  let value = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    for (const byte of [unit & 0xff, unit >> 8]) {
      value = ((value ^ BigInt(byte)) * 0x100000001b3n) & MASK_64;
    }
  }
  return value;
}

/** Rotates the 32 bits of `x` left by `k` places. */
function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

/**
 * A stream of pseudo-random numbers that depends on its seed alone.
 *
 * @example
 * const random = new Random(1);
 * const weights = Float64Array.from({ length: 6 }, () => 0.1 * random.normal());
 * console.log(weights.length); // prints 6
 * const shuffler = random.fork('shuffle'); // a stream of its own, whatever `random` has drawn so far
 */
export class Random {
  /** The seed as text: two generators with the same text give the same numbers. */
  readonly seed: string;
  private readonly state: Uint32Array;
  private spareNormal: number | undefined;

  /**
   * @param seed any finite number, or any text
   * @throws RangeError when the seed is NaN or infinite
   */
  constructor(seed: number | string) {
    if (typeof seed !== 'string' && !Number.isFinite(seed)) {
      throw new RangeError(`seed must be a finite number or a text, found ${String(seed)}`);
    }
    this.seed = String(seed);
    this.state = new Uint32Array(4);
    let mixer = hash(this.seed);
    for (let i = 0; i < 4; i += 2) {
      mixer = (mixer + 0x9e3779b97f4a7c15n) & MASK_64; // SplitMix64
      let z = mixer;
      z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
      z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
      z ^= z >> 31n;
      this.state[i] = Number(z & 0xffffffffn);
      this.state[i + 1] = Number(z >> 32n);
    }
  }

  /** The next 32 random bits, as an integer from 0 to 2^32 - 1. */
  bits(): number {
    const s = this.state;
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** A number drawn evenly from [0, 1), with all 53 bits that a double can hold. */
  uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** A draw from the normal distribution with mean 0 and variance 1 (Marsaglia's polar method, 1964). */
  normal(): number {
    if (this.spareNormal !== undefined) {
      const spare = this.spareNormal;
      this.spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const a = 2 * this.uniform() - 1;
      const b = 2 * this.uniform() - 1;
      const square = a * a + b * b;
      if (square > 0 && square < 1) {
        const factor = Math.sqrt((-2 * Math.log(square)) / square);
        this.spareNormal = b * factor;
        return a * factor;
      }
    }
  }

  /**
   * A whole number drawn evenly from 0, 1, ..., n - 1.
   * @throws RangeError unless n is a whole number from 1 to 2^32
   */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 4294967296) {
      throw new RangeError(`n must be a whole number from 1 to 2^32, found ${n}`);
    }
    // Draws above the last whole multiple of n are thrown away: keeping them would favour small numbers.
    const limit = 4294967296 - (4294967296 % n);
    let draw = this.bits();
    while (draw >= limit) {
      draw = this.bits();
    }
    return draw % n;
  }

  /** Puts the elements of `array` into a random order, in place (Fisher and Yates), and returns it. */
  shuffle<A extends { length: number; [index: number]: unknown }>(array: A): A {
    const items: { [index: number]: unknown } = array;
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
    return array;
  }

  /**
   * A generator of its own for one purpose. It depends on this generator's seed and on the label, not on
   * what has been drawn so far: adding a draw in one place leaves all other streams as they were.
   */
  fork(label: string): Random {
    return new Random(`${this.seed}/${label}`);
  }
}
