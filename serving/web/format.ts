/** Numbers and times as people read them. Pure; times are Unix seconds, shown in UTC. */
import type { UnixSeconds } from '../../core/facts.js';

/** `3.4%`, `72%`, `<0.1%`, `>99%`: a risk is never shown as certain. */
export function formatRisk(risk: number): string {
  if (risk < 0.001) return '<0.1%';
  if (risk > 0.99) return '>99%';
  const percent = risk * 100;
  return `${percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)}%`;
}

/** A share of a whole as it was counted: `0%`, `<0.1%`, `2.5%`, `100%`. */
export function formatShare(share: number): string {
  if (share === 0 || share === 1) return `${share * 100}%`;
  return share < 0.001 ? '<0.1%' : `${(share * 100).toFixed(1)}%`;
}

const UNITS: readonly (readonly [seconds: number, name: string, next: readonly [number, string] | null])[] = [
  [86_400, 'd', [3600, 'h']],
  [3600, 'h', [60, 'min']],
  [60, 'min', null],
  [1, 's', null],
];

/** `45 s`, `12 min`, `2 h 5 min`, `3 d 4 h`; the smaller unit only while it matters. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  for (const [size, name, smaller] of UNITS) {
    if (whole < size) continue;
    const count = Math.floor(whole / size);
    const rest = smaller === null ? 0 : Math.floor((whole - count * size) / smaller[0]);
    if (smaller === null || rest === 0 || count >= 10) return `${count} ${name}`;
    return `${count} ${name} ${rest} ${smaller[1]}`;
  }
  return '0 s';
}

/** `45 s`, `12 min`, `9 h`, `3 d`: the largest unit alone. */
export function formatRoughly(seconds: number): string {
  return formatDuration(seconds).split(' ').slice(0, 2).join(' ');
}

/** `in 2 h`, `12 min ago`, `now`. */
export function formatRelative(time: UnixSeconds, now: UnixSeconds): string {
  const seconds = time - now;
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `in ${formatDuration(seconds)}` : `${formatDuration(-seconds)} ago`;
}

/** `2026-03-05 10:15:00 UTC`. */
export function formatTime(time: UnixSeconds): string {
  return `${new Date(time * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Singular or plural: `1 DAG`, `3 DAGs`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** Bands of risk; each has a word as well as a colour. */
export interface RiskLevel {
  readonly name: 'critical' | 'high' | 'elevated' | 'low';
  readonly text: string;
}

export function riskLevel(risk: number): RiskLevel {
  if (risk >= 0.75) return { name: 'critical', text: 'Very likely to fail' };
  if (risk >= 0.5) return { name: 'high', text: 'Likely to fail' };
  if (risk >= 0.2) return { name: 'elevated', text: 'Elevated' };
  return { name: 'low', text: 'Low' };
}

/** How a risk stands against the usual one of its DAG. */
export function compareWithUsual(risk: number, usual: number): string {
  const ratio = risk / usual;
  if (Math.abs(risk - usual) < 0.02 || (ratio > 0.8 && ratio < 1.25))
    return `as usual (${formatRisk(usual)})`;
  if (ratio >= 2) {
    const times = ratio >= 100 ? 'over 100' : ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1);
    return `${times}× its usual ${formatRisk(usual)}`;
  }
  return `${ratio > 1 ? 'above' : 'below'} its usual ${formatRisk(usual)}`;
}
