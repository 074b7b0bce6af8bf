/** The recording of a real Airflow: which planned cause each failed try came from, by its error and the card's windows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { RecordedReasons } from '../../cli/recorded-reasons.js';
import { tryLabel, type TryObservation, type UnixSeconds } from '../../core/facts.js';
import { readRecording, recordingsFolder } from '../../datasets/recording/read.js';
import { stretchRecording } from '../../datasets/recording/stretch.js';
import type { CausedHistory, KnownHistory, Reason } from './facts.js';
import { mapIndexFails, othersFail, poolIsStrained, type NamedCause } from './named-causes.js';
import { tryKey } from './simulated.js';

export const RECORDED_CAUSES: readonly NamedCause[] = [
  {
    cause: 'warehouse_outage',
    aspects: ['others'],
    evidence: othersFail,
    classes: ['transient_infrastructure'],
    rules: ['shared_outage', 'infrastructure'],
  },
  {
    cause: 'warehouse_slowdown',
    aspects: ['others', 'duration'],
    evidence: othersFail,
    classes: ['timeout'],
    rules: ['shared_outage', 'timeout', 'timeout_near'],
  },
  {
    cause: 'partner_degraded',
    aspects: ['others'],
    evidence: othersFail,
    classes: ['transient_infrastructure'],
    rules: ['shared_outage', 'infrastructure'],
  },
  {
    cause: 'credentials_expired',
    aspects: ['others'],
    evidence: othersFail,
    classes: ['permission_or_configuration'],
    rules: ['permission', 'shared_outage'],
  },
  { cause: 'late_feed', aspects: ['duration'], classes: ['timeout'], rules: ['timeout', 'timeout_near'] },
  {
    cause: 'bad_deploy',
    aspects: ['change'],
    classes: ['code'],
    rules: ['code', 'code_after_change', 'changed'],
  },
  { cause: 'table_bloat', aspects: ['duration'], classes: ['timeout'], rules: ['timeout', 'timeout_near'] },
  {
    cause: 'cleanup_broken',
    aspects: ['others'],
    evidence: othersFail,
    classes: ['resource'],
    rules: ['resource', 'shared_outage'],
  },
  { cause: 'campaign', aspects: ['capacity', 'calendar'], classes: ['resource'], rules: ['resource'] },
  {
    cause: 'report_backlog',
    aspects: ['capacity'],
    evidence: poolIsStrained,
    classes: ['permission_or_configuration'],
    rules: ['pool_full', 'pool_suffers', 'permission'],
  },
  {
    cause: 'bad_partition',
    aspects: ['record'],
    evidence: mapIndexFails,
    classes: ['data'],
    rules: ['data'],
  },
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

function overlaps(
  startedAt: UnixSeconds | null,
  endedAt: UnixSeconds | null,
  from: UnixSeconds,
  to: UnixSeconds,
): boolean {
  return startedAt !== null && endedAt !== null && startedAt < to && endedAt > from;
}

/** The recording stretched to days, and the planned cause of each failed try that has one. */
export function recordedCauses(): CausedHistory {
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
  const reasons = new Map<string, Reason>();
  for (const reason of new RecordedReasons().of(tries)) reasons.set(tryKey(reason), reason);
  const history: KnownHistory = {
    from: card.recordedFrom,
    tasks,
    pools,
    dagRuns,
    tries,
    reasonOf(made) {
      const reason = reasons.get(tryKey(made));
      return reason === undefined
        ? null
        : { failureClass: reason.failureClass, templateId: reason.templateId };
    },
  };
  const causeOf = (key: string) => {
    const cause = causes.get(key);
    return cause === undefined ? null : { cause, beside: [] };
  };
  return { history, causeOf };
}
