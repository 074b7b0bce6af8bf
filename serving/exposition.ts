/**
 * Writes metric families as Prometheus text (version 0.0.4) or OpenMetrics (1.0.0).
 *
 * prom-client keeps the values, but does not write them: its OpenMetrics writer renames the counters it has written
 * (they lose `_total` in every later text answer) and does not escape quotes in HELP. See
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and the OpenMetrics specification, section "Text format".
 */
export type ExpositionFormat = 'text' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Sample lines, each ending in a line feed; the same in both formats. */
  readonly samples: string;
}

const LABEL_SPECIAL = /[\\"\n]/g;
const escapeLabelCharacter = (character: string): string => (character === '\n' ? '\\n' : `\\${character}`);

/** The value between quotes: backslash, quote and line feed are escaped, everything else stands as UTF-8. */
export function escapeLabelValue(value: string): string {
  return value.replace(LABEL_SPECIAL, escapeLabelCharacter);
}

/** `{a="1",b="2"}`, or nothing without labels. */
export function formatLabels(labels: readonly (readonly [name: string, value: string])[]): string {
  if (labels.length === 0) return '';
  return `{${labels.map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(',')}}`;
}

/** Go's notation of the special values; JavaScript's own otherwise. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

export function formatSample(name: string, labels: string, value: number): string {
  return `${name}${labels} ${formatValue(value)}\n`;
}

function escapeHelp(help: string, format: ExpositionFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}

/** Families without a sample are left out, unless they are counters. */
export function writeFamilies(families: readonly Family[], format: ExpositionFormat): string {
  let text = '';
  for (const family of families) {
    if (family.samples === '' && family.type !== 'counter') continue;
    const name =
      format === 'openmetrics' && family.type === 'counter'
        ? family.name.replace(/_total$/, '')
        : family.name;
    text += `# HELP ${name} ${escapeHelp(family.help, format)}\n# TYPE ${name} ${family.type}\n${family.samples}`;
  }
  return text;
}

/** What stands after the last family. */
export const EXPOSITION_END: Readonly<Record<ExpositionFormat, string>> = {
  text: '',
  openmetrics: '# EOF\n',
};

/** Which format an Accept header prefers; text where it asks for neither. */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const quality = { text: -1, openmetrics: -1 };
  for (const part of (accept ?? '').split(',')) {
    const [type, ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const q = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1');
    const weight = Number.isFinite(q) ? q : 0;
    if (type === 'application/openmetrics-text') quality.openmetrics = Math.max(quality.openmetrics, weight);
    if (type === 'text/plain' || type === 'text/*' || type === '*/*') {
      quality.text = Math.max(quality.text, weight);
    }
  }
  return quality.openmetrics > 0 && quality.openmetrics >= quality.text ? 'openmetrics' : 'text';
}
