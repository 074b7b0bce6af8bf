import { expect, it } from 'vitest';
import type { AnyFact } from '../../../core/fact-log/read.js';
import type { PoolFact } from '../../../core/facts.js';
import type { DagRunSubject } from '../../../features/types.js';
import { dagRunFact, dagRunSubject, START, tryFact } from '../../features/support.js';
import { foldAt, HOUR } from './support.js';

let factId = 1e6;

function poolFact(changes: Partial<PoolFact> = {}): AnyFact {
  return {
    kind: 'pool',
    fact: {
      factId: factId++,
      eventTime: START - 1,
      knownAt: START - 1,
      visibilityAssumed: false,
      deployment: 'default',
      pool: 'etl',
      slots: 2,
      occupiedSlots: 0,
      runningSlots: 0,
      queuedSlots: 0,
      scheduledSlots: 0,
      deferredSlots: 0,
      ...changes,
    },
  };
}

/** A run at this hour whose tries take slots of the pool for ten minutes. */
function run(hour: number, slots: number, until = Infinity): AnyFact[] {
  const at = START + hour * HOUR + 1800;
  const runId = `run ${hour}`;
  const isOver = at + 600 < until;
  const endedAt = isOver ? at + 600 : null;
  const tries = Array.from({ length: slots }, (_, k) =>
    tryFact({
      runId,
      taskId: `t${k}`,
      pool: 'etl',
      state: isOver ? 'success' : 'running',
      queuedAt: at,
      startedAt: at + 5,
      endedAt,
    }),
  );
  return [
    ...tries,
    dagRunFact({
      runId,
      runAfter: at,
      queuedAt: at,
      startedAt: at,
      state: isOver ? 'success' : 'running',
      endedAt,
    }),
  ];
}

it('a DAG that is forgotten leaves its slots, and no forecast', () => {
  const now = START + HOUR + 1900;
  const fold = foldAt([poolFact(), ...run(0, 1), ...run(1, 2, now)], now);
  expect(fold.poolRisks(now)[0]).toMatchObject({ occupiedSlots: 2, risk: 1 });
  const { deployment, dagId } = dagRunFact().fact as { deployment: string; dagId: string };
  const next: DagRunSubject = dagRunSubject({ stage: 'planned', runId: null, runAfter: now + HOUR });
  expect(fold.forecast(next, now)).not.toBeNull();
  fold.forgetDag(deployment, dagId);
  expect(fold.poolRisks(now)[0]).toMatchObject({ occupiedSlots: 0 });
  expect(fold.forecast(next, now)).toBeNull();
});

/** A day in which the pool fills up at noon alone. */
const days = (count: number): AnyFact[] =>
  Array.from({ length: 24 * count }, (_, hour) => run(hour, hour % 24 === 12 ? 2 : 1)).flat();

it('knows nothing of pools without slots, or without any pool fact', () => {
  expect(foldAt(days(1), START + 24 * HOUR).poolRisks(START + 24 * HOUR)).toEqual([]);
  const unlimited = [poolFact({ slots: -1 }), ...days(1)];
  expect(foldAt(unlimited, START + 24 * HOUR).poolRisks(START + 24 * HOUR)).toEqual([]);
});

it('learns at which hour a pool fills up', () => {
  const facts = [poolFact(), ...days(40)];
  const riskAt = (hour: number): number => {
    const now = START + (39 * 24 + hour) * HOUR + 60;
    return foldAt(facts, now).poolRisks(now)[0]!.risk;
  };
  // Of the four windows that begin in that hour, three reach the moment.
  expect(riskAt(12)).toBeGreaterThan(0.5);
  expect(riskAt(5)).toBeLessThan(0.1);
  expect(riskAt(20)).toBeLessThan(0.1);
});

it('is sure of a pool that is full now, and lets go when its tries end', () => {
  const now = START + 3 * HOUR + 1900;
  const full = foldAt([poolFact(), ...run(3, 2, now)], now).poolRisks(now);
  expect(full).toMatchObject([{ pool: 'etl', slots: 2, occupiedSlots: 2, risk: 1 }]);
  const later = START + 5 * HOUR;
  const [freed] = foldAt([poolFact(), ...run(3, 2)], later).poolRisks(later);
  expect(freed!.occupiedSlots).toBe(0);
  expect(freed!.risk).toBeLessThan(0.8);
});

it('takes the word of Airflow for slots that no known try occupies', () => {
  const told = poolFact({ occupiedSlots: 2, eventTime: START + 60, knownAt: START + 60 });
  expect(foldAt([poolFact(), told], START + 61).poolRisks(START + 61)[0]!.risk).toBe(1);
});

it('frees what a run holds when the run ends without the ends of its tries', () => {
  const now = START + 3 * HOUR;
  const lost = tryFact({
    runId: 'r',
    pool: 'etl',
    state: 'running',
    queuedAt: now,
    startedAt: now,
    endedAt: null,
  });
  const ended = dagRunFact({ runId: 'r', runAfter: now, queuedAt: now, startedAt: now, endedAt: now + 50 });
  const later = now + 100;
  expect(foldAt([poolFact(), lost, ended], later).poolRisks(later)[0]!.occupiedSlots).toBe(0);
});
