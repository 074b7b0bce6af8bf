import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTimelines, replayIncidents } from '../../../model/backtest/incidents.js';
import { countReplay, leadSeconds } from '../../../model/backtest/replay-report.js';
import type { RiskMoment, TestedRun } from '../../../model/backtest/run-history.js';

interface Described {
  readonly dag?: string;
  readonly from: number;
  readonly to: number;
  readonly failedAt?: number;
  /** Risks by time. */
  readonly risks?: Readonly<Record<number, number>>;
  readonly planned?: readonly [at: number, risk: number];
}

function historyOf(described: readonly Described[], afterFailure: boolean | null = null) {
  const runs = described.map(({ dag = 'dag', from, to, failedAt }, k): TestedRun => ({
    ...{ deployment: 'default', dagId: dag, runId: `run ${k}`, createdAt: from, endedAt: to },
    failed: failedAt !== undefined,
    failedAt: failedAt ?? null,
  }));
  const moments = described.flatMap(({ risks = {}, planned, from }, run): RiskMoment[] => {
    const common = { run, afterFailure, row: 0 };
    const shown = Object.entries(risks).map(([at, risk]) => ({
      ...common,
      ...{ stage: Number(at) === from ? ('queued' as const) : ('running' as const), at: Number(at), risk },
    }));
    return planned === undefined
      ? shown
      : [{ ...common, stage: 'planned' as const, at: planned[0], risk: planned[1] }, ...shown];
  });
  return { runs, moments };
}

function replay(described: readonly Described[], warnAt = 0.5, afterFailure: boolean | null = null) {
  const { runs, moments } = historyOf(described, afterFailure);
  const result = replayIncidents(runs, buildTimelines(runs, moments, 0, Infinity), warnAt);
  return {
    warnings: result.warnings.map((warning) => [
      runs[warning.moment.run]!.runId,
      warning.moment.at,
      leadSeconds(warning),
    ]),
    missed: result.missed.map(({ run, at, highest }) => [runs[run]!.runId, at, highest.risk]),
  };
}

describe('one warning per incident', () => {
  it('warns at the first moment that reaches the threshold, before the failure', () => {
    expect(replay([{ from: 10, to: 60, failedAt: 50, risks: { 10: 0.2, 20: 0.5, 30: 0.9 } }])).toEqual({
      warnings: [['run 0', 20, 30]],
      missed: [],
    });
  });

  it('goes on while runs fail, without another warning or miss, until a success closes it', () => {
    const failing = (from: number): Described => ({
      from,
      to: from + 5,
      failedAt: from + 5,
      risks: { [from]: 0.9 },
    });
    const succeeding = { from: 40, to: 45, risks: { 40: 0.9 } };
    expect(replay([failing(10), failing(20), failing(30), succeeding, failing(50)])).toEqual({
      warnings: [
        ['run 0', 10, 5],
        ['run 4', 50, 5],
      ],
      missed: [],
    });
  });

  it('misses a failure once, and warns of none that goes on', () => {
    const low = { from: 10, to: 15, failedAt: 15, risks: { 10: 0.1, 12: 0.3 } };
    const high = { from: 20, to: 25, failedAt: 25, risks: { 20: 0.9 } };
    expect(replay([low, high])).toEqual({ warnings: [], missed: [['run 0', 15, 0.3]] });
  });

  it('counts a warning without a failure as a false alarm, and may warn again afterwards', () => {
    const fine = (from: number): Described => ({ from, to: from + 5, risks: { [from]: 0.7 } });
    expect(replay([fine(10), fine(20)])).toEqual({
      warnings: [
        ['run 0', 10, null],
        ['run 1', 20, null],
      ],
      missed: [],
    });
  });

  it('is not closed by a success of a run that began before it', () => {
    const slow = { from: 5, to: 30, risks: { 5: 0.1 } };
    const warned = { from: 10, to: 40, failedAt: 40, risks: { 10: 0.8, 35: 0.9 } };
    expect(replay([slow, warned]).warnings).toEqual([['run 1', 10, 30]]);
  });

  it('follows at once what other runs show when it is closed', () => {
    const first = { from: 10, to: 20, risks: { 10: 0.9 } };
    const other = { from: 15, to: 40, failedAt: 40, risks: { 15: 0.6 } };
    expect(replay([first, other])).toEqual({
      warnings: [
        ['run 0', 10, null],
        ['run 1', 20, 20],
      ],
      missed: [],
    });
    const calmer = { ...other, risks: { 15: 0.6, 18: 0.2 } };
    expect(replay([first, calmer]).missed).toEqual([['run 1', 40, 0.2]]);
  });

  it('keeps DAGs apart', () => {
    const one = { dag: 'a', from: 10, to: 15, failedAt: 15, risks: { 10: 0.9 } };
    const other = { dag: 'b', from: 10, to: 15, failedAt: 15, risks: { 10: 0.1 } };
    expect(replay([one, other])).toEqual({ warnings: [['run 0', 10, 5]], missed: [['run 1', 15, 0.1]] });
  });
});

describe('what counts as shown', () => {
  it('is the planned run only while none is active', () => {
    const active = { from: 10, to: 60, risks: { 10: 0.1 } };
    const next: Described = { from: 70, to: 80, failedAt: 80, planned: [40, 0.9], risks: { 70: 0.1 } };
    expect(replay([active, next]).warnings).toEqual([]);
    expect(replay([active, { ...next, planned: [65, 0.9] }]).warnings).toEqual([['run 1', 65, 15]]);
  });

  it('is nothing after the run has failed', () => {
    expect(replay([{ from: 10, to: 60, failedAt: 20, risks: { 10: 0.1, 30: 0.99 } }])).toEqual({
      warnings: [],
      missed: [['run 0', 20, 0.1]],
    });
  });

  it('leaves out an incident that was open at the start, and runs that began before it', () => {
    const going = { from: 10, to: 15, failedAt: 15, risks: { 10: 0.9 } };
    expect(replay([going], 0.5, true)).toEqual({ warnings: [], missed: [] });
    expect(replay([{ from: -5, to: 15, failedAt: 15, risks: { [-5]: 0.9 } }])).toEqual({
      warnings: [],
      missed: [],
    });
  });
});

const histories = fc.array(
  fc
    .record({
      dag: fc.constantFrom('a', 'b'),
      from: fc.nat({ max: 200 }),
      length: fc.nat({ max: 60 }),
      fails: fc.boolean(),
      early: fc.integer({ min: 0, max: 20 }),
      risks: fc.array(fc.tuple(fc.nat({ max: 60 }), fc.double({ min: 0, max: 1, noNaN: true })), {
        maxLength: 4,
      }),
      first: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ dag, from, length, fails, early, risks, first }): Described => {
      const shown = risks.filter(([after]) => after <= length).map(([after, risk]) => [from + after, risk]);
      const end = {
        from,
        to: from + length,
        risks: { ...(Object.fromEntries(shown) as Record<number, number>), [from]: first },
      };
      return { dag, ...end, ...(fails ? { failedAt: Math.max(from, from + length - early) } : {}) };
    }),
  { maxLength: 12 },
);

it('each opening failure is warned of or missed, no warning comes late, and none is sent at a threshold above all risks', () => {
  fc.assert(
    fc.property(histories, fc.double({ min: 0, max: 1, noNaN: true }), (described, warnAt) => {
      const { runs, moments } = historyOf(described);
      const timelines = buildTimelines(runs, moments, 0, Infinity);
      const result = replayIncidents(runs, timelines, warnAt);
      const counts = countReplay(result);
      expect(counts.right).toBeLessThanOrEqual(counts.warnings);
      expect(counts.right + counts.missed).toBeLessThanOrEqual(runs.filter(({ failed }) => failed).length);
      for (const warning of result.warnings) {
        expect(warning.moment.risk).toBeGreaterThanOrEqual(warnAt);
        expect(leadSeconds(warning) ?? 0).toBeGreaterThanOrEqual(0);
      }
      for (const { run, highest } of result.missed) {
        expect(runs[run]!.failed).toBe(true);
        expect(highest.risk).toBeLessThan(warnAt);
      }
      expect(replayIncidents(runs, timelines, Infinity).warnings).toEqual([]);
      // With every risk a warning, nothing that was scored in time is missed.
      expect(replayIncidents(runs, timelines, 0).missed).toEqual([]);
    }),
    { numRuns: 200, seed: 1 },
  );
});
