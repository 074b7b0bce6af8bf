/** Reads the Prometheus text format (version 0.0.4): https://prometheus.io/docs/instrumenting/exposition_formats/ */

export interface PrometheusSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y;
const VALUE = /^\s+([^\s]+)(?:\s+-?\d+)?\s*$/;

/** Every sample of a page; `onMalformed` is told of each line that is neither sample nor comment. */
export function* parsePrometheusText(text: string, onMalformed: () => void): Generator<PrometheusSample> {
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const sample = parseSample(line);
    if (sample === null) onMalformed();
    else yield sample;
  }
}

function parseSample(line: string): PrometheusSample | null {
  NAME.lastIndex = 0;
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return null;
  const labels = new Map<string, string>();
  let at = name.length;
  if (line[at] === '{') {
    at++;
    for (;;) {
      LABEL.lastIndex = at;
      const match = LABEL.exec(line);
      if (match === null) break;
      labels.set(match[1]!, unescapeLabel(match[2]!));
      at = LABEL.lastIndex;
    }
    if (line[at] !== '}') return null;
    at++;
  }
  const written = VALUE.exec(line.slice(at))?.[1];
  const value = written === undefined ? null : parseValue(written);
  return value === null ? null : { name, labels, value };
}

function unescapeLabel(text: string): string {
  return text.replaceAll(/\\(.)/g, (_match, character: string) => (character === 'n' ? '\n' : character));
}

function parseValue(text: string): number | null {
  if (text === 'NaN') return NaN;
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : null;
}
