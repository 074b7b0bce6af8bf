import { describe, expect, it } from 'vitest';
import { ClockFilter } from '../../../collector/airflow/clock-filter.js';

describe('the clock of another machine', () => {
  it('is not known before the first reading', () => {
    expect(new ClockFilter().skewSeconds()).toBeNull();
  });

  it('is that of the quickest answer, whatever slow ones say', () => {
    const clock = new ClockFilter();
    clock.add(1100.1, 1000, 1000.2);
    // The answer waited 14 s on its way back.
    clock.add(1110.1, 1010, 1024.2);
    expect(clock.skewSeconds()).toBeCloseTo(100);
  });

  it('may be ours, where the answer took longer than the clocks differ', () => {
    const clock = new ClockFilter();
    // Read at once, and 12 s on its way.
    clock.add(1000, 1000, 1012);
    expect(clock.skewSeconds()).toBe(0);
  });

  it('is followed when it is set: within eight answers, at once by one as quick', () => {
    const clock = new ClockFilter();
    clock.add(1000, 1000, 1000.1);
    for (let answer = 1; answer < 8; answer++) clock.add(4600 + answer, 1000 + answer, 1000.2 + answer);
    expect(clock.skewSeconds()).toBeCloseTo(0, 0);
    clock.add(4608, 1008, 1008.2);
    expect(clock.skewSeconds()).toBeCloseTo(3600, 0);
    clock.add(1009, 1009, 1009.1);
    expect(clock.skewSeconds()).toBeCloseTo(0, 0);
  });

  it('is not read while ours is set back', () => {
    const clock = new ClockFilter();
    clock.add(5000, 5000, 1400);
    expect(clock.skewSeconds()).toBeNull();
  });
});
