import { expect, it } from 'vitest';
import {
  compareWithUsual,
  formatDuration,
  formatRelative,
  formatRisk,
  riskLevel,
} from '../../../serving/web/format.js';

it.each([
  [0, '<0.1%'],
  [0.0009, '<0.1%'],
  [0.001, '0.1%'],
  [0.0342, '3.4%'],
  [0.0996, '10%'],
  [0.725, '73%'],
  [0.99, '99%'],
  [0.991, '>99%'],
  [1, '>99%'],
])('risk %d reads %s', (risk, text) => {
  expect(formatRisk(risk)).toBe(text);
});

it.each([
  [0, '0 s'],
  [45.4, '45 s'],
  [60, '1 min'],
  [3599, '59 min'],
  [3600, '1 h'],
  [7500, '2 h 5 min'],
  [37_000, '10 h'],
  [86_400 * 3 + 4 * 3600, '3 d 4 h'],
  [86_400 * 40 + 4 * 3600, '40 d'],
  [-5, '0 s'],
])('%d seconds read %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

it('tells past from future', () => {
  expect(formatRelative(7300, 100)).toBe('in 2 h');
  expect(formatRelative(100, 820)).toBe('12 min ago');
  expect(formatRelative(100.4, 100)).toBe('now');
});

it.each([
  [0.1, 'low'],
  [0.2, 'elevated'],
  [0.5, 'high'],
  [0.75, 'critical'],
])('risk %d is %s', (risk, level) => {
  expect(riskLevel(risk).name).toBe(level);
});

it.each([
  [0.9, 0.09, '10× its usual 9.0%'],
  [0.63, 0.21, '3.0× its usual 21%'],
  [0.9, 0.001, 'over 100× its usual 0.1%'],
  [0.34, 0.33, 'as usual (33%)'],
  [0.012, 0.002, 'as usual (0.2%)'],
  [0.6, 0.4, 'above its usual 40%'],
  [0.2, 0.5, 'below its usual 50%'],
])('%d against %d: %s', (risk, usual, text) => {
  expect(compareWithUsual(risk, usual)).toBe(text);
});
