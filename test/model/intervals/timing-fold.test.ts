import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../../core/fact-log/read.js';
import type { DecisionListener } from '../../../model/intervals/run-watch.js';
import { histories } from '../../features/arbitrary-histories.js';
import { dagRunFact, liveTryFacts, observation, START, taskFact, tryFact } from '../../features/support.js';
import {
  chainRun,
  deadline,
  during,
  foldAt,
  history,
  HOUR,
  hourlyRuns,
  NOW,
  subject,
  TASKS,
} from './support.js';

describe('the expected end', () => {
  it('is that of earlier runs when a run is planned', () => {
    const planned = subject({ stage: 'planned', runId: null, runAfter: NOW, startedAt: null });
    const [low, middle, high] = foldAt(history, NOW).forecast(planned, NOW)!.endQuantiles;
    expect(middle - NOW).toBeGreaterThan(440);
    expect(middle - NOW).toBeLessThan(500);
    expect(low).toBeLessThan(middle);
    expect(high).toBeGreaterThan(middle);
    expect(high - low).toBeLessThan(200);
  });

  it('comes nearer to the truth with every task that ends', () => {
    const slow = { extract: 700, load: 300, report: 50 };
    const widths: number[] = [];
    for (const elapsed of [720, 1020, 1050]) {
      const fold = foldAt(during(elapsed, slow), NOW + elapsed);
      const [low, middle, high] = fold.forecast(subject(), NOW + elapsed)!.endQuantiles;
      expect(Math.abs(middle - (NOW + 1066))).toBeLessThan(60);
      widths.push(high - low);
    }
    expect(widths[2]).toBeLessThan(widths[0]!);
  });

  it('follows the dependencies that task facts tell, whatever the order of earlier runs', () => {
    const described = [
      taskFact({ taskId: 'extract', downstreamTaskIds: ['load'] }),
      taskFact({ taskId: 'load', downstreamTaskIds: ['report'] }),
      taskFact({ taskId: 'report' }),
    ];
    const fold = foldAt([...described, ...during(3)], NOW + 3);
    const [, middle] = fold.forecast(subject(), NOW + 3)!.endQuantiles;
    expect(middle - NOW).toBeGreaterThan(440);
    expect(middle - NOW).toBeLessThan(500);
  });

  it('lets parallel tasks run side by side', () => {
    const parallel = (run: number): AnyFact[] => {
      const at = START + run * HOUR;
      const times = (seconds: number) => ({ queuedAt: at + 1, startedAt: at + 2, endedAt: at + 2 + seconds });
      const runId = `run ${run}`;
      return [
        tryFact({ runId, taskId: 'a', ...times(300 + run) }),
        tryFact({ runId, taskId: 'b', ...times(200 + run) }),
        dagRunFact({ runId, runAfter: at, queuedAt: at, startedAt: at, endedAt: at + 303 + run }),
      ];
    };
    const facts = Array.from({ length: 30 }, (_, run) => parallel(run)).flat();
    const planned = subject({ stage: 'planned', runId: null, runAfter: NOW });
    const [, middle] = foldAt(facts, NOW).forecast(planned, NOW)!.endQuantiles;
    expect(middle - NOW).toBeGreaterThan(280);
    expect(middle - NOW).toBeLessThan(360);
  });

  it('takes the instances of a mapped task as one', () => {
    const mapped = (runId: string, at: number, until = Infinity): AnyFact[] => [
      ...[0, 1, 2].map((mapIndex) => {
        const endedAt = at + 10 + 100 * (mapIndex + 1);
        const state = endedAt < until ? 'success' : 'running';
        return tryFact({
          runId,
          taskId: 'each',
          mapIndex,
          state,
          queuedAt: at + 5,
          startedAt: at + 10,
          endedAt: endedAt < until ? endedAt : null,
        });
      }),
      dagRunFact({
        runId,
        runAfter: at,
        queuedAt: at,
        startedAt: at,
        state: until === Infinity ? 'success' : 'running',
        endedAt: until === Infinity ? at + 312 : null,
      }),
    ];
    const facts = Array.from({ length: 30 }, (_, run) => mapped(`run ${run}`, START + run * HOUR)).flat();
    facts.push(...mapped('run', NOW, NOW + 150));
    const [, middle] = foldAt(facts, NOW + 150).forecast(subject(), NOW + 150)!.endQuantiles;
    expect(middle - NOW).toBeGreaterThan(250);
    expect(middle - NOW).toBeLessThan(380);
  });
});

it('takes the due time from the run itself, also when its tries were heard of first', () => {
  const late = chainRun({ runId: 'run', at: NOW, tasks: TASKS, until: NOW + 20 });
  const told = late.map((row) =>
    row.kind === 'dag_run' ? { ...row, fact: { ...row.fact, runAfter: NOW - 300 } } : row,
  );
  const first = late.filter(({ kind }) => kind === 'try');
  const seen = told.map(
    (row) =>
      (row.kind === 'dag_run'
        ? { ...row, fact: { ...row.fact, visibilityAssumed: false, knownAt: NOW + 19 } }
        : row) as AnyFact,
  );
  expect(first).toHaveLength(1);
  const fold = foldAt([...history, ...seen], NOW + 20, { deadlines: [deadline] });
  expect(fold.forecast(subject(), NOW + 20)!.deadline!.at).toBe(NOW + 300);
});

describe('what happens later', () => {
  it('changes no earlier forecast', () => {
    fc.assert(
      fc.property(histories, fc.nat({ max: 40 }), (tries, share) => {
        const facts = tries.map((made) => tryFact(made));
        const now = START + (share / 20) * 86_400;
        const known = facts.filter(({ fact }) => (fact.queuedAt ?? fact.startedAt)! < now);
        for (const dagId of ['a', 'b']) {
          for (let run = 0; run <= 5; run++) {
            const asked = subject({ dagId, runId: `run ${run}` });
            expect(foldAt(facts, now).forecast(asked, now)).toEqual(foldAt(known, now).forecast(asked, now));
          }
        }
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

describe('any history', () => {
  it('gives rising, finite quantiles that lie ahead, and a probability', () => {
    fc.assert(
      fc.property(histories, fc.nat({ max: 500 }), (tries, day) => {
        const facts = tries.flatMap((made, k) => (k % 2 === 0 ? [tryFact(made)] : liveTryFacts(made, 30)));
        const now = START + day * 86_400;
        const fold = foldAt(facts, now, { deadlines: [deadline] });
        for (const deployment of ['default', 'other']) {
          for (const runId of [null, 'run 0', 'run 1']) {
            const timing = fold.forecast(subject({ deployment, dagId: 'a', runId, runAfter: now + 60 }), now);
            if (timing === null) continue;
            const [low, middle, high] = timing.endQuantiles;
            expect([low, middle, high].every(Number.isFinite)).toBe(true);
            expect(low <= middle && middle <= high).toBe(true);
            expect(low).toBeGreaterThanOrEqual(now);
            expect(timing.lateRisk).toBeGreaterThanOrEqual(0);
            expect(timing.lateRisk).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it('may be of one run', () => {
    const facts = chainRun({ runId: 'only', at: START, tasks: TASKS });
    const planned = subject({ stage: 'planned', runId: null, runAfter: START + HOUR });
    const timing = foldAt(facts, START + HOUR).forecast(planned, START + HOUR)!;
    const [low, middle, high] = timing.endQuantiles;
    expect(timing.evidenceRuns).toBe(1);
    expect(middle - START - HOUR).toBeGreaterThan(200);
    expect(middle - START - HOUR).toBeLessThan(1200);
    expect(high - low).toBeGreaterThan(200);
  });

  it('may have no durations at all', () => {
    const facts = [
      taskFact({ taskId: 'extract' }),
      dagRunFact({ state: 'running', startedAt: null, endedAt: null }),
    ];
    const [low, , high] = foldAt(facts, START + 60).forecast(subject(), START + 60)!.endQuantiles;
    expect(low).toBeGreaterThanOrEqual(START + 60);
    expect(high).toBeLessThan(START + 86_400);
  });

  it('may lack dates', () => {
    const facts = [
      dagRunFact({ runAfter: null, logicalDate: null, queuedAt: null, state: 'running', endedAt: null }),
      tryFact({ queuedAt: null, startedAt: START + 5, endedAt: null, state: 'running' }),
    ];
    expect(foldAt(facts, START + 60).forecast(subject(), START + 60)!.endQuantiles[0]).toBeGreaterThanOrEqual(
      START + 60,
    );
    const unknown = subject({ stage: 'planned', runId: null, runAfter: null });
    expect(foldAt(facts, START + 60).forecast(unknown, START + 60)).toBeNull();
    expect(foldAt([], START).forecast(subject(), START)).toBeNull();
  });

  it('may come from a clock that jumps back', () => {
    const jumped = observation({ runId: 'run', queuedAt: NOW + 50, startedAt: NOW + 40, endedAt: NOW - 500 });
    const facts = [
      ...history,
      ...liveTryFacts(jumped, 600),
      ...chainRun({ runId: 'run', at: NOW, tasks: TASKS, until: NOW + 20 }),
    ];
    const timing = foldAt(facts, NOW + 700).forecast(subject(), NOW + 700)!;
    expect(timing.endQuantiles[0]).toBeGreaterThanOrEqual(NOW + 700);
    expect(timing.endQuantiles[2]).toBeLessThan(NOW + 86_400);
  });

  it('may have dependencies in a cycle', () => {
    const cycle = [
      taskFact({ taskId: 'extract', downstreamTaskIds: ['load'] }),
      taskFact({ taskId: 'load', downstreamTaskIds: ['report', 'load'] }),
      taskFact({ taskId: 'report', downstreamTaskIds: ['extract', 'nowhere'] }),
    ];
    const [low, middle, high] = foldAt([...cycle, ...during(20)], NOW + 20).forecast(
      subject(),
      NOW + 20,
    )!.endQuantiles;
    expect(middle - NOW).toBeGreaterThan(400);
    expect(middle - NOW).toBeLessThan(550);
    expect(low < middle && middle < high).toBe(true);
  });
});

it('gives up a run that only tries tell of once the next one begins, and learns from it', () => {
  const facts = hourlyRuns(30, TASKS).filter(({ kind }) => kind === 'try');
  const planned = subject({ stage: 'planned', runId: null, runAfter: NOW });
  const timing = foldAt(facts, NOW).forecast(planned, NOW)!;
  expect(timing.evidenceRuns).toBe(29);
  expect(timing.endQuantiles[1] - NOW).toBeGreaterThan(430);
  expect(timing.endQuantiles[1] - NOW).toBeLessThan(500);
});

it('looks at a run that only tries tell of while one of them is under way', () => {
  const facts = hourlyRuns(60, TASKS).filter(({ kind }) => kind === 'try');
  const left: number[] = [];
  const listener: DecisionListener = {
    decided: () => undefined,
    ended(decisions, endedAt) {
      for (const { key } of decisions) if (key.stage === 'running') left.push(endedAt - key.decidedAt);
    },
  };
  foldAt(facts, NOW + 60 * HOUR, { listener });
  expect(left.length).toBeGreaterThan(20);
  expect(Math.min(...left)).toBeGreaterThan(0);
});

it('learns the last task of a run whose end is told before the end of its tries', () => {
  const run = (k: number): AnyFact[] => {
    const at = START + k * HOUR;
    const known = at + 400;
    const live = { knownAt: known, visibilityAssumed: false };
    return chainRun({ runId: `run ${k}`, at, tasks: TASKS })
      .reverse()
      .map(
        (row, index) =>
          ({
            ...row,
            fact: { ...row.fact, ...live, knownAt: known + 100, factId: k * 100 + index },
          }) as AnyFact,
      );
  };
  const facts = Array.from({ length: 25 }, (_, k) => run(k)).flat();
  const planned = subject({ stage: 'planned', runId: null, runAfter: NOW });
  const [, middle] = foldAt(facts, NOW).forecast(planned, NOW)!.endQuantiles;
  expect(middle - NOW).toBeGreaterThan(430);
  expect(middle - NOW).toBeLessThan(520);
});
