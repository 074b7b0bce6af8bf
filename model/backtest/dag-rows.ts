/** Figures per DAG. */
import type { UnixSeconds } from '../../core/facts.js';
import { dagKey } from '../../features/row-keys.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import { averagePrecision } from '../evaluation/average-precision.js';
import type { IncidentReplay } from './incidents.js';
import type { TestedRun } from './run-history.js';

/** One DAG over the tested part. */
export interface DagRow {
  readonly deployment: string;
  readonly dagId: string;
  readonly tries: number;
  readonly failedTries: number;
  /** Of the tries' risks; null without a failed try. */
  readonly averagePrecision: number | null;
  readonly runs: number;
  readonly failedRuns: number;
  /** Failures that opened an incident, or came after a warning. */
  readonly incidents: number;
  /** Incidents that a warning came before. */
  readonly warned: number;
  readonly warnings: number;
}

interface DagSums {
  readonly deployment: string;
  readonly dagId: string;
  readonly labels: number[];
  readonly risks: number[];
  runs: number;
  failedRuns: number;
  missed: number;
  warned: number;
  warnings: number;
}

/**
 * One row per DAG, those with most incidents first, then those with most failed runs and tries.
 *
 * @param tries the tested ones, with their risks.
 * @param since runs that were created earlier are not counted.
 */
export function dagRows(
  tries: ReplayedVectors,
  risks: Float64Array,
  runs: readonly TestedRun[],
  { warnings, missed }: IncidentReplay,
  since: UnixSeconds,
): DagRow[] {
  const dags = new Map<string, DagSums>();
  const sums = ({ deployment, dagId }: { deployment: string; dagId: string }): DagSums => {
    const key = dagKey({ deployment, dagId });
    let found = dags.get(key);
    if (found === undefined) {
      const counts = { runs: 0, failedRuns: 0, missed: 0, warned: 0, warnings: 0 };
      dags.set(key, (found = { deployment, dagId, labels: [], risks: [], ...counts }));
    }
    return found;
  };
  risks.forEach((risk, i) => {
    const dag = sums(tries.subject(i));
    dag.labels.push(tries.labels[i]!);
    dag.risks.push(risk);
  });
  for (const run of runs) {
    if (run.createdAt < since) continue;
    const dag = sums(run);
    dag.runs++;
    if (run.failed) dag.failedRuns++;
  }
  for (const { moment, failure } of warnings) {
    const dag = sums(runs[moment.run]!);
    dag.warnings++;
    if (failure !== null) dag.warned++;
  }
  for (const { run } of missed) sums(runs[run]!).missed++;
  return [...dags.values()]
    .map(({ labels, risks: scores, missed: unwarned, ...dag }) => ({
      deployment: dag.deployment,
      dagId: dag.dagId,
      tries: labels.length,
      failedTries: labels.reduce((sum, label) => sum + label, 0),
      averagePrecision: averagePrecision(Uint8Array.from(labels), Float64Array.from(scores)),
      runs: dag.runs,
      failedRuns: dag.failedRuns,
      incidents: dag.warned + unwarned,
      warned: dag.warned,
      warnings: dag.warnings,
    }))
    .sort(
      (a, b) =>
        b.incidents - a.incidents ||
        b.failedRuns - a.failedRuns ||
        b.failedTries - a.failedTries ||
        b.tries - a.tries,
    );
}
