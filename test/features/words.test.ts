import { describe, expect, it } from 'vitest';
import { compared, count, duration, factor, frequency, percent } from '../../features/words.js';
import { DAY, HOUR } from './support.js';

describe('words', () => {
  it.each([
    [0, 'almost never'],
    [0.0166, '1 in 60'],
    [0.003, '1 in 350'],
    [0.08, '1 in 13'],
    [0.5, '5 in 10'],
    [0.87, '9 in 10'],
    [0.96, '19 in 20'],
    [0.999, 'almost always'],
  ])('frequency of %d is %s', (rate, words) => {
    expect(frequency(rate)).toBe(words);
  });

  it.each([
    [0.2, 'under a second'],
    [1, '1 second'],
    [60, '60 seconds'],
    [150, '3 minutes'],
    [HOUR * 1.6, '2 hours'],
    [DAY, '24 hours'],
    [2 * DAY, '2 days'],
    [90 * DAY, '3 months'],
    [800 * DAY, '2 years'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });

  it('counts, shares and factors', () => {
    expect([count(1, 'try', 'tries'), count(3, 'try', 'tries'), count(2, 'day')]).toEqual([
      '1 try',
      '3 tries',
      '2 days',
    ]);
    expect([percent(0.12), percent(0.004), percent(0), percent(1)]).toEqual([
      '12 %',
      '0.4 %',
      '0 %',
      '100 %',
    ]);
    expect([factor(2.44), factor(15.3)]).toEqual(['2.4x', '15x']);
    expect(compared(0.1, 'lately', 0.1)).toBe('1 in 10 lately, as usual');
    expect(compared(0.5, 'lately', 0.1)).toBe('5 in 10 lately, usually 1 in 10');
  });
});
