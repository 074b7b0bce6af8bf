/** Numbers and times as the page shows them. */

/** `1,234` */
export function formatNumber(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1 warning`, `1,234 warnings` */
export function formatCount(value: number, one: string, many = `${one}s`): string {
  return `${formatNumber(value)} ${value === 1 ? one : many}`;
}

/** `0 %`, `<0.1 %`, `3.4 %`, `72 %`; an en dash where there is none. */
export function formatShare(share: number | null): string {
  if (share === null || Number.isNaN(share)) return '–';
  if (share > 0 && share < 0.001) return '<0.1 %';
  const percent = share * 100;
  return `${percent > 0 && percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** Figures from 0 to 1 that are compared with one another; an en dash where undefined. */
export function formatFigure(value: number | null, digits = 3): string {
  return value === null || Number.isNaN(value) ? '–' : value.toFixed(digits);
}

/** `2026-03-05 10:15` of an ISO time in UTC. */
export function formatTime(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** `2026-03-05` */
export function formatDate(iso: string): string {
  return iso.slice(0, 10);
}
