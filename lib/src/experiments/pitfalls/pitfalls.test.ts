import { describe, expect, it } from 'vitest';
import { pitfallNames, pitfalls } from './pitfalls.js';

describe('the museum', () => {
  it('has the twelve bugs, each with its texts', () => {
    const { exhibits } = pitfalls();
    expect(exhibits.map(({ name }) => name)).toEqual(pitfallNames);
    expect(exhibits).toHaveLength(12);
    for (const { bug, symptom, test } of exhibits)
      for (const text of [bug, symptom, test]) expect(text).toMatch(/^\S.{20,}\.$/);
    expect(new Set(exhibits.map(({ room }) => room)).size).toBe(5);
  });

  it.each([1, 2, 3, 4, 5])('has tests that take the right code and catch the bug, seed %i', (seed) => {
    for (const { name, right, buggy } of pitfalls({ seed }).exhibits) {
      expect(right.passes, `${name}: ${right.found}`).toBe(true);
      expect(buggy.passes, `${name}: ${buggy.found}`).toBe(false);
    }
  });

  it('draws each bug: the two versions part somewhere, and the right one is always a number', () => {
    for (const { name, curves } of pitfalls().exhibits) {
      expect(curves.points.length, name).toBeGreaterThan(4);
      for (const { right } of curves.points) expect(Number.isFinite(right), name).toBe(true);
      const apart = curves.points.map(({ right, buggy }) => Math.abs(right - buggy));
      expect(Math.max(...apart), name).toBeGreaterThan(1e-3);
    }
  });

  it('gives the same for the same seed', () => {
    expect(pitfalls({ seed: 2 })).toEqual(pitfalls({ seed: 2 }));
  });

  it('refuses a bug that it does not have', () => {
    expect(() => pitfalls({ names: ['off by one' as 'cancellation'] })).toThrow(/names must be one of/);
    expect(() => pitfalls({ names: [] })).toThrow(RangeError);
  });
});
