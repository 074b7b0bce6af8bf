import { describe, expect, it } from 'vitest';
import { UsualValues } from '../../features/groups/usual.js';

const KEY = 1;

/** Thirty occasions of these values, numbered from 1. */
function after(values: (occasion: number) => readonly number[]): UsualValues {
  const usual = new UsualValues();
  for (let occasion = 1; occasion <= 30; occasion++)
    for (const value of values(occasion)) usual.add(KEY, value, occasion);
  return usual;
}

describe('values of one occasion', () => {
  it('weigh as much as one value, their mean', () => {
    const single = after((occasion) => [occasion % 3]);
    const spread = after((occasion) => [(occasion % 3) - 1, (occasion % 3) + 1, occasion % 3]);
    expect(spread.mean(KEY)).toBeCloseTo(single.mean(KEY), 12);
    expect(spread.drift(KEY)).toBeCloseTo(single.drift(KEY), 12);
  });

  it('are each compared with what was usual before it', () => {
    const usual = after((occasion) => [occasion % 3]);
    const surprises = Array.from({ length: 6 }, () => usual.add(KEY, 9, 31));
    expect(surprises).toEqual(Array.from({ length: 6 }, () => surprises[0]));
    expect(surprises[0]).toBeGreaterThan(5);
    expect(usual.lastSurprise(KEY)).toBe(surprises[0]);
    expect(usual.surprise(KEY, 9, 31)).toBe(surprises[0]);
    expect(usual.surprise(KEY, 9, 32)).toBeLessThan(surprises[0]!);
  });

  it('tell by their spread what is no surprise', () => {
    const usual = after(() => [2, 7]);
    expect(usual.mean(KEY)).toBeCloseTo(4.5, 12);
    expect(Math.abs(usual.surprise(KEY, 7))).toBeLessThan(1.1);
    expect(usual.surprise(KEY, 12)).toBeGreaterThan(2.5);
  });

  it('say nothing of what is usual before the third occasion', () => {
    const usual = new UsualValues();
    for (let index = 0; index < 9; index++) expect(usual.add(KEY, index, 1)).toBe(0);
    usual.add(KEY, 3, 2);
    usual.add(KEY, 4, 3);
    expect(usual.surprise(KEY, 100, 4)).toBeGreaterThan(3);
  });
});

it('values without an occasion stand alone', () => {
  const numbered = after((occasion) => [Math.sin(occasion)]);
  const alone = new UsualValues();
  for (let occasion = 1; occasion <= 30; occasion++) alone.add(KEY, Math.sin(occasion));
  for (const usual of [numbered, alone]) usual.add(KEY, 2);
  expect(alone.mean(KEY)).toBe(numbered.mean(KEY));
  expect(alone.lastSurprise(KEY)).toBe(numbered.lastSurprise(KEY));
  const before = alone.mean(KEY);
  alone.add(KEY, 2);
  expect(alone.mean(KEY) - before).toBeCloseTo(0.05 * (2 - before), 12);
});

it('nothing is usual of what was never seen', () => {
  const usual = new UsualValues();
  expect(usual.mean(KEY)).toBeNaN();
  expect(usual.last(KEY)).toBeNaN();
  expect(usual.drift(KEY)).toBe(0);
  expect(usual.surprise(KEY, 5)).toBe(0);
});
