/** How good the warnings were that the rules fired. Pure. */
import type { DagSeries } from './series.js';

/** A message that a person would have got: a risk with nothing holding it back, of which no incident told already. */
export interface SentWarning {
  readonly dag: string;
  readonly step: number;
}

export interface WarningFigures {
  readonly days: number;
  readonly warnings: number;
  readonly warningsPerDay: number;
  /** Share of the warnings whose run, the first of the DAG to end from then on, failed. */
  readonly precision: number | null;
  /** Warnings sent before any task of the run had failed for good; the others tell of a run that will fail for certain. */
  readonly earlyWarnings: number;
  readonly earlyPrecision: number | null;
  readonly onsetFailures: number;
  /** Onset failures of which a warning fired when they came. */
  readonly onsetWarned: number;
  readonly onsetShare: number | null;
  /** Of these, those of which it had fired before any task of the run had failed for good. */
  readonly onsetWarnedEarly: number;
  /** Onset failures of a DAG that was at risk by the rules while the message of an outage spoke for it. */
  readonly onsetInOutage: number;
  /** Messages per trouble that had any: a stretch of time of a DAG that ends when a run succeeds, whatever incidents there were. */
  readonly messagesPerIncident: number | null;
  /** From the warning to the failure, in steps, over warnings that were right. */
  readonly medianLeadSteps: number | null;
}

export const dagKey = (deployment: string, dagId: string): string => JSON.stringify([deployment, dagId]);

/** @param firingBefore how a warning of the DAG that fired in the step before the one of its failure was told; null for none. */
export function warningFigures(
  series: readonly DagSeries[],
  sent: readonly SentWarning[],
  firingBefore: (dag: string, step: number) => 'told' | 'in_outage' | null,
  days: number,
): WarningFigures {
  const ends = new Map(series.map((dag) => [dagKey(dag.deployment, dag.dagId), dag.ends]));
  const incidents = new Set<string>();
  const leads: number[] = [];
  let judged = 0;
  let early = 0;
  let earlyRight = 0;
  for (const { dag, step } of sent) {
    const later = (ends.get(dag) ?? []).filter((end) => end.step >= step);
    incidents.add(JSON.stringify([dag, later.find(({ failed }) => !failed)?.step ?? null]));
    const first = later[0];
    if (first === undefined) continue;
    judged++;
    if (!first.failed || step < (first.failedStep ?? first.step)) {
      early++;
      if (first.failed) earlyRight++;
    }
    if (first.failed) leads.push(first.step - step);
  }
  const onsets = series.flatMap((dag) => {
    const key = dagKey(dag.deployment, dag.dagId);
    return dag.ends
      .filter(({ failed, onset }) => failed && onset)
      .map(({ step, failedStep }) => ({
        how: firingBefore(key, step),
        isEarly: firingBefore(key, failedStep ?? step) === 'told',
      }));
  });
  const told = onsets.filter(({ how }) => how === 'told');
  leads.sort((a, b) => a - b);
  return {
    days,
    warnings: sent.length,
    warningsPerDay: sent.length / days,
    precision: judged === 0 ? null : leads.length / judged,
    earlyWarnings: early,
    earlyPrecision: early === 0 ? null : earlyRight / early,
    onsetFailures: onsets.length,
    onsetWarned: told.length,
    onsetWarnedEarly: told.filter(({ isEarly }) => isEarly).length,
    onsetInOutage: onsets.filter(({ how }) => how === 'in_outage').length,
    onsetShare: onsets.length === 0 ? null : told.length / onsets.length,
    messagesPerIncident: incidents.size === 0 ? null : sent.length / incidents.size,
    medianLeadSteps: leads.length === 0 ? null : leads[leads.length >> 1]!,
  };
}
