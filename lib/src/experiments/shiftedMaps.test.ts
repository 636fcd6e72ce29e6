import { describe, expect, it } from 'vitest';
import { shiftedMapsFigure } from '../figures/shiftedMapsFigure.js';
import { renderSvg } from '../figures/svg.js';
import { convolutionStudy } from './convolutionStudy.js';
import { shiftedMaps } from './shiftedMaps.js';

describe('shiftedMaps', () => {
  it.each([1, 2, 3])('seed %i: the map moves with the image per map, and does not per activation', (seed) => {
    const { maps, image, shiftedImage } = shiftedMaps({ seed, shift: 5 });
    expect(shiftedImage.map((row) => row.slice(5))).toEqual(image.map((row) => row.slice(0, -5)));
    const [perMap, perActivation] = maps;
    expect(perMap.error).toBeLessThan(1e-12);
    expect(perActivation.error).toBeGreaterThan(0.2);
    expect(perMap.there.map((row) => row.slice(0, -5))).toEqual(perMap.shifted.map((row) => row.slice(5)));
    expect(Math.max(...perActivation.difference.flat().map(Math.abs))).toBeGreaterThan(0.5);
    expect([perMap.there.length, perMap.there[0].length]).toEqual([36, 36]);
  });

  it('shifts by 0 to nothing, and agrees with the study on one image and one filter', async () => {
    for (const { error } of shiftedMaps({ shift: 0, n: 5 }).maps) expect(error).toBe(0);
    const study = await convolutionStudy({ seeds: [4], n: 2, filters: 1, shifts: [3, 6] });
    const cell = study.equivariance.find((one) => one.normalisation === 'perActivation' && one.shift === 3);
    const each = [0, 1].map((image) => shiftedMaps({ seed: 4, n: 2, shift: 3, image }).maps[1].error);
    expect(cell?.error).toBeGreaterThanOrEqual(Math.min(...each));
    expect(cell?.error).toBeLessThanOrEqual(Math.max(...each));
  });

  it('has a figure that says the numbers', () => {
    const figure = shiftedMapsFigure(shiftedMaps({ shift: 3, n: 20 }));
    expect(figure.summary).toMatch(
      /^Image shifted by 3 pixels; distance from the shifted output: BN per map 0 but for rounding, BN per activation [\d.]+ % of the output\.$/,
    );
    expect(renderSvg(figure)).toContain('<image ');
  });

  it('refuses what it cannot do', () => {
    expect(() => shiftedMaps({ shift: 7 })).toThrow('shift must be at most 6, found 7');
    expect(() => shiftedMaps({ shift: 0.5 })).toThrow(/shift must be a whole number/);
    expect(() => shiftedMaps({ n: 3, image: 3 })).toThrow('image must be below n = 3, found 3');
  });
});
