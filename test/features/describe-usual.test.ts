import { expect, it } from 'vitest';
import { describeUsualRisk } from '../../features/describe-usual.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../../features/registry.js';
import type { FeatureDefinition } from '../../features/types.js';

function vectorOf(definitions: readonly FeatureDefinition[], set: Readonly<Record<string, number>>) {
  return Float32Array.from(definitions, ({ name }) => set[name] ?? NaN);
}

const usual = { deployment__failure_rate__32d: 0.05, task__failures__all: 9, task__persistence__128d: 0.6 };

it('what is usual stands beside what is usual in the deployment', () => {
  const { text, rate, logOdds } = describeUsualRisk(0.25, TRY_FEATURES, vectorOf(TRY_FEATURES, usual));
  expect(text).toBe('at risk on any day: it fails 1 in 4, tries of the deployment 1 in 20');
  expect(rate).toBe(text);
  expect(logOdds).toBeCloseTo(Math.log(1 / 3) - Math.log(1 / 19), 5);
});

it('of what kind the failures are, and whether one brings the next, comes after the rate', () => {
  const singly = vectorOf(TRY_FEATURES, {
    ...usual,
    task__persistence__128d: 0.3,
    failure_reason__is_timeout__latest: 1,
  });
  const { text, rate } = describeUsualRisk(0.25, TRY_FEATURES, singly);
  expect(rate).toBe('at risk on any day: it fails 1 in 4, tries of the deployment 1 in 20');
  expect(text).toBe(`${rate}; its failures come singly; the latest was a time-out`);
});

it('a latest try that never started has no log: the kind is that of an earlier failure', () => {
  const unstarted = vectorOf(TRY_FEATURES, {
    ...usual,
    failure_reason__is_timeout__latest: 1,
    task__unstarted__latest: 1,
  });
  expect(describeUsualRisk(0.25, TRY_FEATURES, unstarted).text).toMatch(
    /; the latest with a log was a time-out$/,
  );
});

it('two failures do not tell how they come', () => {
  const few = vectorOf(TRY_FEATURES, { ...usual, task__failures__all: 2, task__persistence__128d: 0.1 });
  expect(describeUsualRisk(0.25, TRY_FEATURES, few).text).not.toContain('singly');
});

it('runs are compared with runs; without a rate of the deployment there is no comparison', () => {
  const run = vectorOf(DAG_RUN_FEATURES, { dag_run__runs__all: 9, deployment__run_failure_rate__32d: 0.1 });
  expect(describeUsualRisk(0.5, DAG_RUN_FEATURES, run).text).toBe(
    'at risk on any day: it fails 5 in 10, runs of the deployment 1 in 10',
  );
  const alone = describeUsualRisk(
    0.5,
    DAG_RUN_FEATURES,
    vectorOf(DAG_RUN_FEATURES, { dag_run__runs__all: 9 }),
  );
  expect(alone).toMatchObject({ text: 'at risk on any day: it fails 5 in 10', logOdds: 0 });
});
