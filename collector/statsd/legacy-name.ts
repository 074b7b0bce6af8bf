/** Reads the names in which Airflow writes DAG, task, pool and so on between dots, such as `ti.finish.{dag_id}.{task_id}.{state}`. */
import { TRY_STATES, type PlatformLabels } from '../../core/facts.js';
import type { Variable } from './families.js';
import type { KnownNames, Separator } from './known-names.js';

export interface LegacyTemplate {
  readonly prefix: string;
  readonly suffix: string;
  readonly variables: readonly Variable[];
  readonly separator: Separator;
}

export interface LegacyMatch {
  readonly labels: Partial<PlatformLabels>;
  /** True when the name holds DAG and task but they cannot be told apart; the labels are without both. */
  readonly isAmbiguous: boolean;
}

const LABELS: Readonly<Record<Variable, keyof PlatformLabels>> = {
  dag_id: 'dagId',
  task_id: 'taskId',
  state: 'state',
  queue: 'queue',
  pool: 'pool',
  executor: 'executor',
  host: 'host',
  dag_file: 'dagFile',
};

/** `up_for_retry` before `retry`: a state that ends another comes after it. */
const STATES = [...TRY_STATES].sort((a, b) => b.length - a.length);

export function compileLegacyName(template: string, separator: Separator): LegacyTemplate {
  const text = separator === '.' ? template : template.replaceAll(/[.-]/g, '_');
  const first = text.indexOf('{');
  const last = text.lastIndexOf('}');
  return {
    prefix: text.slice(0, first),
    suffix: text.slice(last + 1),
    variables: [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as Variable),
    separator,
  };
}

/** What a name says, or null when it is not made like the template. */
export function matchLegacyName(
  template: LegacyTemplate,
  name: string,
  known: KnownNames,
): LegacyMatch | null {
  const { prefix, suffix, variables, separator } = template;
  if (!name.startsWith(prefix) || !name.endsWith(suffix)) return null;
  const middle = name.slice(prefix.length, name.length - suffix.length);
  if (middle === '' || name.length <= prefix.length + suffix.length) return null;
  if (variables.length === 1) return matchSingle(variables[0]!, middle, known, separator);
  if (variables[0] === 'queue') return matchQueue(middle, known, separator);
  if (variables.at(-1) === 'state') return matchState(middle, known, separator);
  return matchPair(middle, known, separator);
}

function matchSingle(variable: Variable, text: string, known: KnownNames, separator: Separator): LegacyMatch {
  return { labels: { [LABELS[variable]]: realName(variable, text, known, separator) }, isAmbiguous: false };
}

function realName(variable: Variable, text: string, known: KnownNames, separator: Separator): string {
  if (variable === 'pool') return known.pool(text, separator);
  return variable === 'dag_id' ? known.dag(text, separator) : text;
}

function matchPair(text: string, known: KnownNames, separator: Separator): LegacyMatch | null {
  if (!text.includes(separator)) return null;
  const pair = known.split(text, separator);
  return { labels: pair ?? {}, isAmbiguous: pair === null };
}

function matchState(text: string, known: KnownNames, separator: Separator): LegacyMatch | null {
  const state = STATES.find((each) => text.endsWith(`${separator}${each}`));
  if (state === undefined) return null;
  const match = matchPair(text.slice(0, -state.length - 1), known, separator);
  return match === null ? null : { ...match, labels: { ...match.labels, state } };
}

/** A queue may hold dots too: the first place after which a known DAG and task stand, else after its first part. */
function matchQueue(text: string, known: KnownNames, separator: Separator): LegacyMatch | null {
  for (let at = text.indexOf(separator); at > 0; at = text.indexOf(separator, at + 1)) {
    const pair = known.split(text.slice(at + 1), separator);
    if (pair !== null && known.isKnown(pair)) {
      return { labels: { queue: text.slice(0, at), ...pair }, isAmbiguous: false };
    }
  }
  const first = text.indexOf(separator);
  if (first <= 0) return null;
  const match = matchPair(text.slice(first + 1), known, separator);
  return match === null ? null : { ...match, labels: { queue: text.slice(0, first), ...match.labels } };
}
