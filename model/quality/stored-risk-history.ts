/** The risks of DAG runs as they were served live, with the outcomes that they met. */
import type { Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Stage } from '../../features/types.js';
import type { RiskHistory } from '../backtest/risk-history.js';
import type { RiskMoment, TestedRun } from '../backtest/run-history.js';

interface StoredRisk extends Record<string, unknown> {
  readonly deployment: string;
  readonly dag_id: string;
  readonly run_id: string;
  readonly stage: Stage;
  readonly decided_at: number;
  readonly risk: number;
  readonly after_success: boolean;
  readonly outcome: number;
  readonly known_at: number;
}

/** Scores from `from` on whose run has ended with an outcome; null when none is kept from before then. */
export async function storedRiskHistory(
  database: Pick<Queryable, 'query'>,
  from: UnixSeconds,
): Promise<RiskHistory | null> {
  const [first] = await database.query<{ since: number | null }>(
    `SELECT extract(epoch FROM min(decided_at))::float8 AS since FROM score WHERE kind = 'dag_run'`,
    [],
  );
  if (first?.since == null || first.since > from) return null;
  const rows = await database.query<StoredRisk>(
    `SELECT deployment, dag_id, run_id, stage, extract(epoch FROM decided_at)::float8 AS decided_at, risk,
       after_success, outcome, extract(epoch FROM outcome_known_at)::float8 AS known_at
     FROM score WHERE kind = 'dag_run' AND run_id IS NOT NULL AND outcome IS NOT NULL
     ORDER BY decided_at, score_id`,
    [],
  );
  return toHistory(rows, from);
}

function toHistory(rows: readonly StoredRisk[], from: UnixSeconds): RiskHistory {
  const numbers = new Map<string, number>();
  const runs: TestedRun[] = [];
  const moments: RiskMoment[] = [];
  for (const row of rows) {
    const { deployment, dag_id: dagId, run_id: runId, stage, known_at: endedAt } = row;
    const key = JSON.stringify([deployment, dagId, runId]);
    let run = numbers.get(key);
    const isPlanned = stage === 'planned';
    if (run === undefined) {
      numbers.set(key, (run = runs.length));
      const failed = row.outcome === 1;
      // Unless a later stage tells better, a run began when it was first scored.
      runs.push({
        ...{ deployment, dagId, runId, endedAt, failed, failedAt: failed ? endedAt : null },
        createdAt: isPlanned ? endedAt : row.decided_at,
      });
    } else if (!isPlanned && row.decided_at < runs[run]!.createdAt) {
      runs[run] = { ...runs[run]!, createdAt: row.decided_at };
    }
    moments.push({
      ...{ run, stage, at: row.decided_at, risk: row.risk },
      afterFailure: !row.after_success,
      row: -1,
    });
  }
  return { runs, moments, from, until: rows.reduce((latest, row) => Math.max(latest, row.known_at), from) };
}
