import { describe, expect, test } from 'vitest';
import { FINAL_TRY_STATES, tryLabel, type TryObservation } from '../../../core/facts.js';
import { CAUSES, simulate } from '../../../datasets/simulator/index.js';

const rows = [...simulate({ seed: 1, dags: 30, days: 45 })];

function causeOf(row: TryObservation): unknown {
  return row.extra?.['post_cause'];
}

/** What a feature may see of a try when it is queued. */
function isFailure(row: TryObservation): boolean {
  return tryLabel(row.state) === 1;
}

function failureShare(of: readonly TryObservation[]): number {
  const labelled = of.filter((row) => tryLabel(row.state) !== null);
  return labelled.filter(isFailure).length / labelled.length;
}

describe('a simulated history', () => {
  test('depends on its seed alone', () => {
    expect([...simulate({ seed: 1, dags: 3, days: 3 })]).toEqual([
      ...simulate({ seed: 1, dags: 3, days: 3 }),
    ]);
    const other = [...simulate({ seed: 2, dags: 3, days: 3 })];
    expect(other).not.toEqual([...simulate({ seed: 1, dags: 3, days: 3 })]);
    expect([...simulate({ seed: 1, dags: 3, days: 6 })].slice(0, 50)).toEqual(
      [...simulate({ seed: 1, dags: 3, days: 3 })].slice(0, 50),
    );
  });

  test('stops at the number of tries that was asked for', () => {
    expect([...simulate({ seed: 1, dags: 10, days: 30, tries: 777 })]).toHaveLength(777);
  });

  test('every failed try has a cause, and no other has one', () => {
    expect(rows.filter((row) => CAUSES.includes(causeOf(row) as never) !== isFailure(row))).toEqual([]);
    expect(rows.some(isFailure)).toBe(true);
  });

  test('the cause is nowhere else', () => {
    const tells = rows.filter(({ extra, ...rest }) => {
      const known = Object.entries(extra ?? {}).filter(([key]) => !key.startsWith('post_'));
      const text = JSON.stringify([rest, known]);
      return CAUSES.some((cause) => text.includes(cause));
    });
    expect(tells).toEqual([]);
  });

  test('every cause occurs', () => {
    const found = new Set(rows.map(causeOf).filter((cause) => cause !== undefined));
    expect([...found].sort()).toEqual([...CAUSES].sort());
  });

  test('failures are rare, as on a platform that works', () => {
    const share = failureShare(rows);
    expect(share).toBeGreaterThan(0.01);
    expect(share).toBeLessThan(0.12);
  });

  test('tries are whole and in order', () => {
    const keys = new Set(
      rows.map((row) => [row.dagId, row.runId, row.taskId, row.mapIndex, row.tryNumber].join('/')),
    );
    expect(keys.size).toBe(rows.length);
    const wrong = rows.filter(({ state, queuedAt, startedAt, endedAt }) => {
      const begin = queuedAt ?? startedAt ?? NaN;
      return !(
        FINAL_TRY_STATES.has(state) &&
        begin <= (startedAt ?? begin) &&
        (startedAt ?? begin) <= endedAt!
      );
    });
    expect(wrong).toEqual([]);
  });

  test('a task is tried again while it may be, and what follows a failed task is upstream_failed', () => {
    const ofRun = new Map<string, TryObservation[]>();
    for (const row of rows) {
      const run = `${row.dagId} ${row.runId}`;
      ofRun.set(run, [...(ofRun.get(run) ?? []), row]);
    }
    const siblings = ({ dagId, runId }: TryObservation): TryObservation[] => ofRun.get(`${dagId} ${runId}`)!;
    const notRepeated = rows.filter(
      (row) =>
        row.state === 'up_for_retry' &&
        !siblings(row).some((next) => sameTask(next, row) && next.tryNumber === row.tryNumber + 1),
    );
    expect(notRepeated).toEqual([]);
    const withoutReason = rows.filter(
      (row) => row.state === 'upstream_failed' && !siblings(row).some(({ state }) => state === 'failed'),
    );
    expect(withoutReason).toEqual([]);
  });

  test('an outage meets several DAGs in the same hours', () => {
    const hours = new Map<number, Set<string>>();
    for (const row of rows) {
      if (causeOf(row) !== 'shared_outage') continue;
      const hour = Math.floor(row.endedAt! / 3600);
      hours.set(hour, (hours.get(hour) ?? new Set<string>()).add(row.dagId));
    }
    expect(Math.max(...[...hours.values()].map((dags) => dags.size))).toBeGreaterThanOrEqual(3);
  });

  test('a bad deployment breaks one task of one version', () => {
    const broken = rows.filter((row) => causeOf(row) === 'bad_deploy');
    const tasksOfVersion = new Map<string, Set<string>>();
    for (const { dagId, taskId, extra } of broken) {
      const version = `${dagId} ${String(extra?.['version'])}`;
      tasksOfVersion.set(version, (tasksOfVersion.get(version) ?? new Set<string>()).add(taskId));
    }
    for (const tasks of tasksOfVersion.values()) expect(tasks.size).toBe(1);
  });

  test('a drifting task takes longer and longer before it meets its timeout', () => {
    const drifting = rows.find((row) => causeOf(row) === 'timeout_drift')!;
    const timeouts = rows.filter((row) => causeOf(row) === 'timeout_drift' && sameTaskName(row, drifting));
    const timeout = Math.max(...timeouts.map((row) => row.endedAt! - row.startedAt!));
    const day = 86_400;
    const before = rows.filter(
      (row) =>
        sameTaskName(row, drifting) &&
        row.state === 'success' &&
        row.endedAt! < drifting.endedAt! &&
        row.endedAt! > drifting.endedAt! - 3 * day,
    );
    const mean = before.reduce((sum, row) => sum + row.endedAt! - row.startedAt!, 0) / before.length;
    expect(mean).toBeGreaterThan(timeout / 3);
  });

  test('the heavy load comes on Mondays', () => {
    for (const row of rows.filter((each) => causeOf(each) === 'weekday_load')) {
      // A run that is due on Monday may end after midnight.
      expect([1, 2]).toContain(new Date(row.endedAt! * 1000).getUTCDay());
    }
  });

  test('a starved try never started', () => {
    for (const row of rows.filter((each) => causeOf(each) === 'pool_starvation')) {
      expect(row.startedAt).toBeNull();
      expect(row.hostname).toBeNull();
    }
  });
});

function sameTaskName(a: TryObservation, b: TryObservation): boolean {
  return a.dagId === b.dagId && a.taskId === b.taskId && a.mapIndex === b.mapIndex;
}

function sameTask(a: TryObservation, b: TryObservation): boolean {
  return sameTaskName(a, b) && a.runId === b.runId;
}
