/** `npm run bench -- ablation [--subject try|dag_run] [--group G,H | --feature F,G] [--history NAME,NAME]`: what each group of features is worth, chosen by no test part. */
import type { AnyFact } from '../core/fact-log/read.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../features/registry.js';
import { replayTries } from '../features/replay.js';
import type { FeatureDefinition } from '../features/types.js';
import type { ReplayedVectors } from '../features/vector-store.js';
import type { SubjectKind } from '../model/types.js';
import { historyFacts } from './causes/facts.js';
import { recordedCauses } from './causes/recorded.js';
import { simulatedCauses } from './causes/simulated.js';
import { compare, type Comparison } from './ablation/compare.js';
import { rollingOrigin } from './ablation/rolling-origin.js';
import { batches, readHistory, recordedHistory, simulatedHistory } from './histories.js';
import { namedBy } from './named.js';
import { publicHistories } from './public-histories.js';

/** Of another seed than the simulated history of any test or demonstration. */
const SIMULATION = { seed: 20, dags: 60, days: 90 };
const FEATURES: Readonly<Record<SubjectKind, readonly FeatureDefinition[]>> = {
  try: TRY_FEATURES,
  dag_run: DAG_RUN_FEATURES,
};
/** What every vector needs; `toCore` adds a group to these. */
const CORE: Readonly<Record<SubjectKind, ReadonlySet<string>>> = {
  try: new Set(['task_history', 'onset_hazard', 'wider_history', 'retry']),
  dag_run: new Set(['run_history']),
};

export interface GroupWorth {
  /** Or a single feature. */
  readonly group: string;
  readonly features: number;
  /** All groups against all but this one. */
  readonly fromAll: { readonly all: Comparison; readonly onset: Comparison };
  /** The core groups and this one against the core alone; null for a core group. */
  readonly toCore: { readonly all: Comparison; readonly onset: Comparison } | null;
}

export interface HistoryAblation {
  readonly history: string;
  readonly subject: SubjectKind;
  /** Rows scored by rolling origin, failures among them; the same of those after a success. */
  readonly rows: number;
  readonly failures: number;
  readonly onsetRows: number;
  readonly onsets: number;
  readonly groups: readonly GroupWorth[];
}

/**
 * Ablates the groups that `flags.group` names (all unless given), or the single features of `flags.feature`, of tries or of
 * `flags.subject`, on the histories that `flags.history` names (all at hand).
 */
export async function benchAblation(flags: ReadonlyMap<string, string>): Promise<HistoryAblation[]> {
  const subject = flags.get('subject') ?? 'try';
  if (subject !== 'try' && subject !== 'dag_run')
    throw new Error(`--subject ${subject}: there is no such subject; known: try, dag_run`);
  const definitions = FEATURES[subject].filter(({ isToldOnly }) => !isToldOnly);
  const groups =
    flags.get('feature') === undefined
      ? namedBy(flags.get('group'), [...new Set(definitions.map(({ group }) => group))], 'group')
      : namedBy(
          flags.get('feature'),
          definitions.map(({ name }) => name),
          'feature',
        );
  const histories = new Map<string, () => Promise<AnyFact[]>>([
    ['recording', () => Promise.resolve(recordedHistory())],
    ['simulated', () => Promise.resolve(simulatedHistory(SIMULATION))],
    // With the reasons that the logs of failures tell.
    ['recording_logs', () => Promise.resolve(historyFacts(recordedCauses().history))],
    ['simulated_logs', () => Promise.resolve(historyFacts(simulatedCauses(SIMULATION.seed).history))],
    ['simulated_platform', () => Promise.resolve(simulatedHistory({ ...SIMULATION, platform: true }))],
  ]);
  for (const { name, path } of publicHistories()) histories.set(name, () => readHistory(path));
  const results: HistoryAblation[] = [];
  for (const history of namedBy(flags.get('history'), [...histories.keys()], 'history')) {
    const facts = await histories.get(history)!();
    const { tries, dagRuns } = await replayTries(batches(facts), { maxTryRows: facts.length + 1 });
    results.push(ablate(history, subject, subject === 'try' ? tries : dagRuns, groups));
  }
  return results;
}

function ablate(
  history: string,
  subject: SubjectKind,
  vectors: ReplayedVectors,
  groups: readonly string[],
): HistoryAblation {
  const definitions = FEATURES[subject];
  const core = CORE[subject];
  const groupOf = definitions.map(({ group }) => group);
  const rolling = rollingOrigin(vectors);
  const { rows } = rolling;
  const onset = rows.map((row) => vectors.afterSuccess[row]!);
  const labels = Uint8Array.from(rows, (row) => vectors.labels[row]!);
  const runs = numberRuns(vectors, rows);
  const judge = (withIt: Float64Array, without: Float64Array): { all: Comparison; onset: Comparison } => {
    const only = <T extends Uint8Array | Int32Array | Float64Array>(values: T): T =>
      values.filter((_, i) => onset[i] === 1) as T;
    return {
      all: compare(labels, runs, withIt, without),
      onset: compare(only(labels), only(runs), only(withIt), only(without)),
    };
  };
  const everything = rolling.predict(() => true);
  const coreAlone = rolling.predict((column) => core.has(groupOf[column]!));
  const worths = groups.map((group): GroupWorth => {
    process.stderr.write(`  ${history}: ${group}\n`);
    const isIn = (column: number): boolean =>
      groupOf[column] === group || definitions[column]!.name === group;
    const features = definitions.filter((_, column) => isIn(column));
    const isCore = core.has(features[0]!.group);
    return {
      group,
      features: features.length,
      fromAll: judge(
        everything,
        rolling.predict((column) => !isIn(column)),
      ),
      toCore: isCore
        ? null
        : judge(
            rolling.predict((column) => core.has(groupOf[column]!) || isIn(column)),
            coreAlone,
          ),
    };
  });
  return {
    history,
    subject,
    rows: labels.length,
    failures: labels.reduce((sum, label) => sum + label, 0),
    onsetRows: onset.reduce((sum, value) => sum + value, 0),
    onsets: labels.reduce((sum, label, i) => sum + label * onset[i]!, 0),
    groups: worths,
  };
}

function numberRuns(vectors: ReplayedVectors, rows: Int32Array): Int32Array {
  const numbers = new Map<string, number>();
  return rows.map((row) => {
    const { deployment, dagId, runId } = vectors.subject(row);
    const run = JSON.stringify([deployment, dagId, runId]);
    const number = numbers.get(run) ?? numbers.size;
    numbers.set(run, number);
    return number;
  });
}
