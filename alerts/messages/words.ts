/** Numbers as people read them. Pure. */

/** `3.4%`, `72%`, `<0.1%`, `>99%`: a risk is never shown as certain. */
export function formatRisk(risk: number): string {
  if (risk < 0.001) return '<0.1%';
  if (risk > 0.99) return '>99%';
  const percent = risk * 100;
  return `${percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)}%`;
}

/** `, 6.0 times its usual 12%`, or nothing where the usual risk is not known. */
export function againstUsual(risk: number, usual: number | null): string {
  if (usual === null) return '';
  const ratio = risk / usual;
  if (Math.abs(risk - usual) < 0.02 || (ratio > 0.8 && ratio < 1.25))
    return `, as usual (${formatRisk(usual)})`;
  if (ratio >= 2) {
    const times = ratio >= 100 ? 'over 100' : ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1);
    return `, ${times} times its usual ${formatRisk(usual)}`;
  }
  return `, ${ratio > 1 ? 'above' : 'below'} its usual ${formatRisk(usual)}`;
}

/** `45 s`, `12 min`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = (size: number, name: string, rest: number, restSize: number, restName: string): string => {
    const smaller = Math.floor(rest / restSize);
    return `${Math.floor(whole / size)} ${name}${smaller === 0 ? '' : ` ${smaller} ${restName}`}`;
  };
  if (whole >= 86_400) return parts(86_400, 'd', whole % 86_400, 3600, 'h');
  if (whole >= 3600) return parts(3600, 'h', whole % 3600, 60, 'min');
  if (whole >= 60) return `${Math.floor(whole / 60)} min`;
  return `${whole} s`;
}

/** `1 DAG`, `3 DAGs`. */
export function formatCount(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
