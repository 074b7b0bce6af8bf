import fc from 'fast-check';
import type { TryObservation, TryState } from '../../core/facts.js';
import { DAY, MINUTE, observation, START } from './support.js';

const STATES: readonly TryState[] = [
  'success',
  'success',
  'success',
  'failed',
  'up_for_retry',
  'skipped',
  'killed',
];

/** Small histories with everything in them: ties, retries, mapped tasks, clocks that differ, long gaps, unknown values. */
export const histories: fc.Arbitrary<TryObservation[]> = fc
  .array(
    fc.record({
      deployment: fc.constantFrom('default', 'other'),
      dagId: fc.constantFrom('a', 'b'),
      run: fc.nat({ max: 5 }),
      taskId: fc.constantFrom('extract', 'load', 'report'),
      mapIndex: fc.constantFrom(-1, -1, 0, 1),
      tryNumber: fc.constantFrom(1, 1, 2),
      state: fc.constantFrom(...STATES),
      day: fc.constantFrom(0, 0, 0, 1, 2, 3, 40, 400),
      minute: fc.nat({ max: 20 }),
      wait: fc.constantFrom(null, 0, 5, -30),
      duration: fc.constantFrom(0, 0, 20, 600, 90_000, -50),
      operator: fc.constantFrom(null, 'Bash', 'Python'),
      pool: fc.constantFrom(null, 'etl'),
      hostname: fc.constantFrom(null, 'w1', 'w2'),
      extra: fc.constantFrom(
        null,
        { rows: 5 },
        { rows: 1e9, host: 'a.example', post_error: 'timeout' },
        { host: 'b.example', post_rows: 3, post_error: 'refused' },
      ),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((rows) => {
    const seen = new Set<string>();
    return rows.flatMap((row) => {
      const { run, day, minute, wait, duration, ...known } = row;
      const runId = `run ${run}`;
      const key = JSON.stringify([row.deployment, row.dagId, runId, row.taskId, row.mapIndex, row.tryNumber]);
      if (seen.has(key)) return [];
      seen.add(key);
      const queuedAt = START + day * DAY + minute * MINUTE;
      const startedAt = wait === null ? null : queuedAt + wait;
      return [
        observation({ ...known, runId, queuedAt, startedAt, endedAt: (startedAt ?? queuedAt) + duration }),
      ];
    });
  });
