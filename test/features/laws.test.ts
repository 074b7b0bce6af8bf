/** Laws that every group keeps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../core/fact-log/read.js';
import type { Engine } from '../../features/engine.js';
import { EventQueue } from '../../features/expand.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../../features/registry.js';
import type { FeatureEngine, Stage } from '../../features/types.js';
import { histories } from './arbitrary-histories.js';
import {
  DAY,
  HOUR,
  START,
  bits,
  dagRunSubject,
  engineAt,
  explainedTry,
  recordedFacts,
  tryFact,
  trySubject,
} from './support.js';

const GROUPS = [...new Set(TRY_FEATURES.map(({ group }) => group))];
const STAGES: readonly Stage[] = ['planned', 'queued', 'running', 'retrying'];

const subjects = fc
  .record({
    deployment: fc.constantFrom('default', 'other', 'unknown'),
    dagId: fc.constantFrom('a', 'b', 'unknown'),
    runId: fc.constantFrom(null, 'run 0', 'unknown'),
    taskId: fc.constantFrom('extract', 'load', 'unknown'),
    mapIndex: fc.constantFrom(-1, 0, 7),
    stage: fc.constantFrom(...STAGES),
    operator: fc.constantFrom(null, 'Bash', 'unknown'),
    pool: fc.constantFrom(null, 'etl', 'unknown'),
    queuedAt: fc.constantFrom(null, START, START + 3 * DAY),
    scheduledAt: fc.constantFrom(null, START + 500 * DAY),
    tryNumber: fc.constantFrom(1, 2, 9),
    extra: fc.constantFrom(null, { rows: 5, host: 'a.example' }, { other: true, list: [1] }),
    queue: fc.constantFrom(null, 'default'),
    runType: fc.constantFrom(null, 'scheduled'),
  })
  .map((changes) => trySubject(changes));

const times = fc.constantFrom(START, START + HOUR, START + 5 * DAY, START + 4000 * DAY);
const factsOf = fc
  .option(histories, { nil: [] })
  .map((history) => history.flatMap((made) => explainedTry(made)));

function tryVector(
  engine: FeatureEngine,
  subject: Parameters<FeatureEngine['tryVector']>[0],
  now: number,
): Float32Array {
  const out = new Float32Array(engine.tryFeatures.length);
  engine.tryVector(subject, now, out, 0);
  return out;
}

function dagRunVector(
  engine: FeatureEngine,
  subject: Parameters<FeatureEngine['dagRunVector']>[0],
  now: number,
): Float32Array {
  const out = new Float32Array(engine.dagRunFeatures.length);
  engine.dagRunVector(subject, now, out, 0);
  return out;
}

describe.each(GROUPS)('%s', (group) => {
  const columns = TRY_FEATURES.flatMap((feature, column) => (feature.group === group ? [column] : []));

  it('never answers with an infinity, and never with a rate outside 0 to 1', () => {
    fc.assert(
      fc.property(factsOf, subjects, times, (facts, subject, now) => {
        const vector = tryVector(engineAt(facts, now), subject, now);
        for (const column of columns) {
          const { name, unit } = TRY_FEATURES[column]!;
          const value = vector[column]!;
          expect(Math.abs(value), name).not.toBe(Infinity);
          if (unit === 'count' && !Number.isNaN(value))
            expect(value, name).toBeGreaterThanOrEqual(name.includes('excess') ? -1000 : 0);
          if (name.includes('_rate__'))
            expect(value >= 0 && value <= 1 ? null : value, name).toSatisfy(
              (wrong) => wrong === null || Number.isNaN(wrong),
            );
        }
      }),
      { seed: 10, numRuns: 60 },
    );
  });

  it('writes each of its columns, and nobody else does', () => {
    const engine = engineAt([tryFact()], START + DAY);
    const marked = new Float32Array(engine.tryFeatures.length).fill(-12_345);
    engine.tryVector(trySubject(), START + DAY, marked, 0);
    for (const column of columns) expect(marked[column], TRY_FEATURES[column]!.name).not.toBe(-12_345);
  });
});

it('a vector is written at its offset and nowhere else', () => {
  const engine = engineAt([tryFact()], START + DAY);
  const out = new Float32Array(engine.tryFeatures.length + 2).fill(-1);
  engine.tryVector(trySubject(), START + DAY, out, 1);
  expect([out[0], out.at(-1)]).toEqual([-1, -1]);
  const runs = new Float32Array(engine.dagRunFeatures.length + 2).fill(-1);
  engine.dagRunVector(dagRunSubject(), START + DAY, runs, 1);
  expect([runs[0], runs.at(-1)]).toEqual([-1, -1]);
});

it('every column of a DAG run is written, without infinities', () => {
  fc.assert(
    fc.property(
      factsOf,
      fc.constantFrom(...STAGES),
      fc.constantFrom(null, 'run 0', 'x'),
      times,
      (facts, stage, runId, now) => {
        const subject = dagRunSubject({ dagId: 'a', stage, runId });
        const vector = dagRunVector(engineAt(facts, now), subject, now);
        vector.forEach((value, column) => {
          expect(Math.abs(value), DAG_RUN_FEATURES[column]!.name).not.toBe(Infinity);
        });
        const marked = new Float32Array(vector.length).fill(-12_345);
        engineAt(facts, now).dagRunVector(subject, now, marked, 0);
        expect(marked).not.toContain(-12_345);
      },
    ),
    { seed: 11, numRuns: 100 },
  );
});

it('reading changes nothing: neither itself, nor other subjects, nor what comes later', () => {
  fc.assert(
    fc.property(factsOf, fc.array(subjects, { minLength: 1, maxLength: 5 }), times, (facts, several, now) => {
      const read = engineAt(facts, now);
      const fresh = several.map((subject) => bits(tryVector(engineAt(facts, now), subject, now)));
      for (let round = 0; round < 2; round++) {
        dagRunVector(read, dagRunSubject({ dagId: 'a' }), now);
        expect(several.map((subject) => bits(tryVector(read, subject, now)))).toEqual(fresh);
      }
      const more = tryFact({
        dagId: 'a',
        taskId: 'load',
        state: 'failed',
        queuedAt: now,
        startedAt: now,
        endedAt: now,
      });
      const later = engineAt([...facts, more], now + 2 * DAY);
      observeAll(read, facts, now, now + 2 * DAY, more);
      expect(bits(tryVector(read, several[0]!, now + 2 * DAY))).toBe(
        bits(tryVector(later, several[0]!, now + 2 * DAY)),
      );
    }),
    { seed: 12, numRuns: 100 },
  );
});

/** Observes what becomes visible from one time to another. */
function observeAll(
  engine: Engine,
  facts: readonly AnyFact[],
  from: number,
  until: number,
  more: AnyFact,
): void {
  const queue = new EventQueue();
  for (const fact of [...facts, more]) queue.push(fact);
  for (let event = queue.popBefore(until); event !== undefined; event = queue.popBefore(until)) {
    if (event.at >= from) engine.observe(event);
  }
}

it('what is known only after the end is not read of a subject', () => {
  fc.assert(
    fc.property(factsOf, subjects, times, (facts, subject, now) => {
      const engine = engineAt(facts, now);
      const leaking = {
        ...subject,
        extra: { ...subject.extra, post_rows: 1e6, post_error: 'timeout', post_new: 4 },
      };
      expect(bits(tryVector(engine, leaking, now))).toBe(bits(tryVector(engine, subject, now)));
    }),
    { seed: 13, numRuns: 100 },
  );
});

it('a planned run, a run id not seen yet and no run id are described alike', () => {
  const engine = engineAt(recordedFacts().slice(0, 2000), Infinity);
  const now = START + 60 * DAY;
  const known = { deployment: 'platform', dagId: 'backups', taskId: 'end' };
  const one = tryVector(engine, trySubject({ ...known, runId: null }), now);
  const other = tryVector(engine, trySubject({ ...known, runId: 'tomorrow' }), now);
  expect(bits(one)).toBe(bits(other));
});
