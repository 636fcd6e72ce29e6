import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { brightness, colourOf, drawObjects, palettes, toGreyScale } from './objects.js';
import { signedDistance } from './raster.js';

describe('drawObjects', () => {
  it('gives the same bytes for the same seed, and others for another', () => {
    const draw = (seed: number) => drawObjects(20, { palette: 'warm cats', random: new Random(seed) });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1).images).not.toEqual(draw(2).images);
  });

  it('draws as many cats as other things, values from 0 to 1, and labels what it drew', () => {
    const { images, labels, kinds, size } = drawObjects(60, { palette: 'cold cats', random: new Random(5) });
    expect(images.length).toBe(60 * size * size * 3);
    expect(labels.reduce((sum, label) => sum + label, 0)).toBe(30);
    expect(Array.from(labels)).toEqual(kinds.map((kind) => (kind === 'cat' ? 1 : 0)));
    expect(images.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('draws the same scenes in every palette: only the colours differ', () => {
    const [warm, cold, grey] = palettes.map((palette) => drawObjects(8, { palette, random: new Random(3) }));
    expect(cold.kinds).toEqual(warm.kinds);
    const [a, b] = [toGreyScale(warm.images), toGreyScale(cold.images)];
    a.forEach((value, i) => {
      expect(b[i]).toBeCloseTo(value, 5);
      expect(grey.images[i]).toBeCloseTo(value, 5);
    });
    expect(warm.images).not.toEqual(cold.images);
  });

  it('gives cats more red than blue when they are warm, and the other things less', () => {
    const { images, labels, size } = drawObjects(200, { palette: 'warm cats', random: new Random(1) });
    const warmth = (i: number) => {
      let sum = 0;
      for (let at = i * size * size * 3; at < (i + 1) * size * size * 3; at += 3)
        sum += images[at] - images[at + 2];
      return sum;
    };
    const average = (label: number) => {
      const of = Array.from(labels, (l, i) => [l, i]).filter(([l]) => l === label);
      return of.reduce((sum, [, i]) => sum + warmth(i), 0) / of.length;
    };
    expect(average(1)).toBeGreaterThan(0);
    expect(average(0)).toBeLessThan(0);
  });

  it('says what is wrong with its arguments', () => {
    const random = new Random(1);
    expect(() => drawObjects(0, { palette: 'warm cats', random })).toThrow(/count must be a whole number/);
    expect(() => drawObjects(2, { palette: 'warm cats', random, size: 4 })).toThrow(
      /size must be .* at least 8/,
    );
    // A notebook without types could pass any text.
    const unknown = 'red cats' as (typeof palettes)[number];
    expect(() => drawObjects(2, { palette: unknown, random })).toThrow(
      /palette must be one of .*found "red cats"/,
    );
  });
});

describe('colours', () => {
  it('have exactly the brightness asked for, whatever the hue', () => {
    for (let hue = 0; hue < 1; hue += 0.07) {
      for (const bright of [0.1, 0.4, 0.9]) {
        const colour = colourOf(hue, 0.8, bright);
        expect(brightness(colour)).toBeCloseTo(bright, 12);
        expect(Math.min(...colour)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...colour)).toBeLessThanOrEqual(1);
      }
    }
  });

  it('of pure hues are red, green and blue', () => {
    expect(colourOf(0, 1, 0.299)).toEqual([1, 0, 0].map((v) => expect.closeTo(v)));
    expect(colourOf(1 / 3, 1, 0.587)).toEqual([0, 1, 0].map((v) => expect.closeTo(v)));
    expect(colourOf(2 / 3, 1, 0.114)).toEqual([0, 0, 1].map((v) => expect.closeTo(v)));
  });

  it('leave a picture without colour alone, and a wrong length is refused', () => {
    const grey = Float32Array.from([0.5, 0.5, 0.5, 0.25, 0.25, 0.25]);
    toGreyScale(grey).forEach((value, i) => {
      expect(value).toBeCloseTo(grey[i], 6);
    });
    expect(() => toGreyScale(new Float32Array(4))).toThrow(/multiple of 3 numbers, found 4/);
  });
});

describe('signedDistance', () => {
  it('is negative inside, positive outside, and the distance to the edge', () => {
    const circle = { kind: 'ellipse', centre: [1, 0], radii: [2, 2] } as const;
    expect(signedDistance(circle, 4, 0)).toBeCloseTo(1);
    expect(signedDistance(circle, 2, 0)).toBeCloseTo(-1);
    const square = {
      kind: 'polygon',
      corners: [
        [0, 0],
        [2, 0],
        [2, 2],
        [0, 2],
      ],
    } as const;
    expect(signedDistance(square, 1, 1)).toBeCloseTo(-1);
    expect(signedDistance(square, 5, 6)).toBeCloseTo(5);
    const line = {
      kind: 'line',
      through: [
        [0, 0],
        [4, 0],
      ],
      width: 2,
    } as const;
    expect(signedDistance(line, 2, 3)).toBeCloseTo(2);
    expect(signedDistance(line, 2, 0)).toBeCloseTo(-1);
  });
});
