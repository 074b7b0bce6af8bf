/** The recording of a real Airflow: which planned cause each failed try came from, by its error and the card's windows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { explainLogEnd, TemplateMiner } from '../../collector/failure-reason/index.js';
import { tryLabel, type TryObservation, type UnixSeconds } from '../../core/facts.js';
import { readRecording, recordingsFolder } from '../../datasets/recording/read.js';
import { stretchRecording } from '../../datasets/recording/stretch.js';
import type { KnownHistory, Reason } from './facts.js';
import type { NamedCause } from './named-causes.js';
import { tryKey } from './simulated.js';

export const RECORDED_CAUSES: readonly NamedCause[] = [
  { cause: 'warehouse_outage', aspects: ['others'], classes: ['transient_infrastructure'] },
  { cause: 'warehouse_slowdown', aspects: ['others', 'duration'], classes: ['timeout'] },
  { cause: 'partner_degraded', aspects: ['others'], classes: ['transient_infrastructure'] },
  { cause: 'credentials_expired', aspects: ['others'], classes: ['permission_or_configuration'] },
  { cause: 'late_feed', aspects: ['duration'], classes: ['timeout'] },
  { cause: 'bad_deploy', aspects: ['change'], classes: ['code'] },
  { cause: 'table_bloat', aspects: ['duration'], classes: ['timeout'] },
  { cause: 'cleanup_broken', aspects: ['others'], classes: ['resource'] },
  { cause: 'campaign', aspects: ['capacity', 'calendar'], classes: ['resource'] },
  { cause: 'report_backlog', aspects: ['capacity'], classes: ['permission_or_configuration'] },
  { cause: 'bad_partition', aspects: ['record'], classes: ['data'] },
];

/** Errors as the pack raises them (datasets/dag-pack/dags/airflow_platform/work.py), with the cause behind each. */
const CAUSE_BY_ERROR: readonly (readonly [
  error: RegExp,
  kinds: readonly string[],
  targetIn: 'error' | 'id' | null,
])[] = [
  [/connection to server at "warehouse/, ['warehouse_outage'], null],
  [/QueryCanceled/, ['warehouse_slowdown', 'warehouse_outage'], null],
  [/401 Client Error/, ['credentials_expired'], 'error'],
  [/503 Server Error|429 Client Error/, ['partner_degraded'], 'error'],
  [/No space left on device/, ['cleanup_broken'], null],
  [/MemoryError/, ['campaign'], null],
  [/ExpiredToken/, ['report_backlog'], null],
  [/UnicodeDecodeError.* in shard (\d)/, ['bad_partition'], 'error'],
  [/KeyError/, ['bad_deploy'], 'id'],
  [/AirflowTaskTimeout/, ['table_bloat'], 'id'],
  [/AirflowSensorTimeout/, ['late_feed'], 'id'],
];

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text) / 1000);
const cardSchema = z.object({
  causes: z.array(
    z.object({
      kind: z.string(),
      target: z.string(),
      wall: z.object({ sign: time, start: time, end: time }),
    }),
  ),
});

type Window = z.output<typeof cardSchema>['causes'][number];

function readWindows(): Window[] {
  const card: unknown = JSON.parse(readFileSync(join(recordingsFolder(), 'platform.card.json'), 'utf8'));
  return cardSchema.parse(card).causes;
}

/** The error must read like the cause's, and the try must have run in a window of that cause and target, its signs included. */
function plannedCause(made: TryObservation, error: string, windows: readonly Window[]): string | null {
  for (const [pattern, kinds, targetIn] of CAUSE_BY_ERROR) {
    if (!pattern.test(error)) continue;
    const text = targetIn === 'error' ? error : `${made.dagId}.${made.taskId}`;
    const window = kinds
      .flatMap((kind) => windows.filter((candidate) => candidate.kind === kind))
      .find(
        ({ target, wall }) =>
          (targetIn === null || text.includes(target)) &&
          overlaps(made.startedAt, made.endedAt, wall.sign, wall.end),
      );
    return window?.kind ?? null;
  }
  return null;
}

/** The line that Airflow 3 ends the log of a failed try with; the recording keeps the exception that it names. */
function logOf(error: string): string {
  const [type] = error.split(':', 1);
  const detail = { exc_type: type, exc_value: error.slice(type!.length + 1).trim() };
  return JSON.stringify({ level: 'error', event: 'Task failed with exception', error_detail: [detail] });
}

function overlaps(
  startedAt: UnixSeconds | null,
  endedAt: UnixSeconds | null,
  from: UnixSeconds,
  to: UnixSeconds,
): boolean {
  return startedAt !== null && endedAt !== null && startedAt < to && endedAt > from;
}

/** The recording stretched to days, and the planned cause of each failed try that has one. */
export function recordedCauses(): { history: KnownHistory; causeOf: (key: string) => string | null } {
  const recorded = readRecording(recordingsFolder(), 'platform');
  const windows = readWindows();
  const causes = new Map<string, string>();
  for (const made of recorded.tries) {
    const error = made.extra?.['post_error'];
    if (typeof error !== 'string' || tryLabel(made.state) !== 1) continue;
    const cause = plannedCause(made, error, windows);
    if (cause !== null) causes.set(tryKey(made), cause);
  }
  const { tasks, pools, dagRuns, tries, card } = stretchRecording(recorded, recorded.card.calendarEnd);
  const miner = new TemplateMiner();
  const reasons = new Map<TryObservation, Reason>();
  for (const made of [...tries].sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))) {
    const error = made.extra?.['post_error'];
    if (typeof error !== 'string' || tryLabel(made.state) !== 1) continue;
    const { class: failureClass, evidence } = explainLogEnd(logOf(error));
    reasons.set(made, {
      failureClass,
      templateId: evidence === null ? null : miner.learn(evidence).id,
    });
  }
  const history: KnownHistory = {
    from: card.recordedFrom,
    tasks,
    pools,
    dagRuns,
    tries,
    reasonOf: (made) => reasons.get(made) ?? null,
  };
  return { history, causeOf: (key) => causes.get(key) ?? null };
}
