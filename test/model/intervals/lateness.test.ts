import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../../core/fact-log/read.js';
import { START } from '../../features/support.js';
import {
  chainRun,
  deadline,
  during,
  foldAt,
  history,
  HOUR,
  hourlyRuns,
  NOW,
  RUNS,
  subject,
  TASKS,
} from './support.js';

/** A deadline that Airflow keeps, seen at once. */
function airflowDeadline(runId: string, deadlineAt: number, at: number, deadlineId = 'a'): AnyFact {
  const times = { factId: 1_000_000 + at, eventTime: at, knownAt: at, visibilityAssumed: false };
  return {
    kind: 'deadline',
    fact: { ...times, deployment: 'default', dagId: 'dag', runId, deadlineId, deadlineAt },
  };
}

describe('the risk of being late', () => {
  it('never falls while nothing ends', () => {
    let last = 0;
    const fold = foldAt(during(20), NOW + 20, { deadlines: [deadline] });
    for (let elapsed = 20; elapsed <= 640; elapsed += 10) {
      const { lateRisk } = fold.forecast(subject(), NOW + elapsed)!;
      expect(lateRisk).toBeGreaterThanOrEqual(last);
      last = lateRisk!;
    }
    expect(last).toBe(1);
    expect(fold.forecast(subject(), NOW + 20)!.lateRisk).toBeLessThan(0.1);
    expect(fold.forecast(subject(), NOW + 500)!.lateRisk).toBeGreaterThan(0.8);
  });

  it('is of a learnt deadline where none is set, and of none while there are few runs', () => {
    const known = foldAt(during(20), NOW + 20).forecast(subject(), NOW + 20)!;
    expect(known.deadline!.source).toBe('learnt');
    expect(known.deadline!.at - NOW).toBeGreaterThan(480);
    expect(known.deadline!.at - NOW).toBeLessThan(620);
    const few = [
      ...hourlyRuns(5, TASKS),
      ...chainRun({ runId: 'run', at: NOW, tasks: TASKS, until: NOW + 20 }),
    ];
    const thin = foldAt(few, NOW + 20).forecast(subject(), NOW + 20)!;
    expect(thin).toMatchObject({ deadline: null, lateRisk: null, evidenceRuns: 5 });
  });

  it('is of none while most runs fail, as the few that succeed tell no usual time', () => {
    const failing = hourlyRuns(60, TASKS).map((row): AnyFact => {
      if (row.kind !== 'dag_run' || Number(row.fact.runId.slice(4)) < 20) return row;
      return { kind: 'dag_run', fact: { ...row.fact, state: 'failed' } };
    });
    const found = (runs: number) => {
      const at = START + runs * HOUR;
      const planned = subject({ stage: 'planned', runId: null, runAfter: at });
      return foldAt(failing, at - 60).forecast(planned, at - 60)!.deadline?.source;
    };
    expect(found(25)).toBe('learnt');
    expect(found(60)).toBeUndefined();
  });

  it("is of Airflow's own deadline where none is configured, however late it is told", () => {
    const at = NOW + 700;
    const [earlier, told] = [airflowDeadline('run', at, NOW - 5), airflowDeadline('run', at, NOW + 10)];
    for (const fact of [earlier, told]) {
      const { deadline: found, lateRisk } = foldAt([...during(20), fact], NOW + 20).forecast(
        subject(),
        NOW + 20,
      )!;
      expect(found).toEqual({ at, source: 'airflow' });
      expect(lateRisk).toBeLessThan(0.1);
    }
    const before = foldAt([...during(5), told], NOW + 5).forecast(subject(), NOW + 5)!;
    expect(before.deadline!.source).toBe('learnt');
    const configured = foldAt([...during(20), told], NOW + 20, { deadlines: [deadline] });
    expect(configured.forecast(subject(), NOW + 20)!.deadline).toEqual({
      at: NOW + 600,
      source: 'configured',
    });
  });

  it("is of the earliest of Airflow's alerts, and follows one that is moved", () => {
    const alerts = [
      airflowDeadline('run', NOW + 900, NOW + 1, 'a'),
      airflowDeadline('run', NOW + 300, NOW + 2, 'b'),
    ];
    const found = (facts: readonly AnyFact[]) =>
      foldAt([...during(20), ...facts], NOW + 20).forecast(subject(), NOW + 20)!.deadline!.at;
    expect(found(alerts)).toBe(NOW + 300);
    expect(found([...alerts, airflowDeadline('run', NOW + 1200, NOW + 3, 'b')])).toBe(NOW + 900);
  });

  it('takes for the next run what Airflow gave the latest, while it gives any', () => {
    const planned = subject({ stage: 'planned', runId: null, runAfter: NOW });
    const alerts = Array.from({ length: RUNS }, (_, run) => {
      const at = START + run * HOUR;
      return airflowDeadline(`run ${run}`, at + 800, at + 3);
    });
    const kept = foldAt([...history, ...alerts], NOW).forecast(planned, NOW)!;
    expect(kept.deadline).toEqual({ at: NOW + 800, source: 'airflow' });
    const given = foldAt([...history, ...alerts.slice(0, -1)], NOW).forecast(planned, NOW)!;
    expect(given.deadline!.source).toBe('learnt');
  });

  it('keeps the deadline that a run began with', () => {
    const fold = foldAt(during(20), NOW + 20, { deadlines: [deadline] });
    expect(fold.forecast(subject(), NOW + 20)!.deadline).toEqual({ at: NOW + 600, source: 'configured' });
  });
});
