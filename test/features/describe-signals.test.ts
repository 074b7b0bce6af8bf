/** What the signs from around a task say. */
import { expect, it } from 'vitest';
import { describeGroup } from '../../features/describe.js';
import { TRY_FEATURES, featureIndex } from '../../features/registry.js';

/** A vector in which only these features are known. */
function say(group: string, known: Readonly<Record<string, number>>, features = TRY_FEATURES): string | null {
  const vector = new Float32Array(features.length).fill(NaN);
  for (const [name, value] of Object.entries(known)) vector[featureIndex(features, name)] = value;
  return describeGroup(group, features, vector);
}

it.each(['change', 'same_cause', 'upstream', 'platform'])('%s says nothing of what is not known', (group) => {
  expect(say(group, {})).toBeNull();
});

it('new code', () => {
  const deployed = { dag__since_deploy__now: Math.log1p(7200), task__tries__since_deploy: 0 };
  expect(say('change', deployed)).toBe('new code of the DAG 2 hours ago; not tried with it yet');
  const tried = { ...deployed, task__tries__since_deploy: 2, task__failure_rate__since_deploy: 0.7 };
  expect(say('change', { ...tried, dag__excess_failures__since_deploy: 3.2 })).toBe(
    'new code of the DAG 2 hours ago; with it the task fails 7 in 10; 3 failures more than usual in the DAG since',
  );
  expect(say('change', { dag__since_deploy__now: Math.log1p(90 * 86_400) })).toBeNull();
});

it('a shared cause', () => {
  expect(say('same_cause', { operator__excess_onsets__3h: 4, pool__excess_onsets__3h: 0.1 })).toBe(
    '4 tasks of the same operator broke beyond the usual in the last hours',
  );
});

it('upstream', () => {
  const known = { upstream__try_number__highest: 3, upstream_dag__failed__share: 0.5 };
  expect(say('upstream', known)).toBe(
    'an upstream task needed 3 tries in this run; a DAG that feeds this one failed last time',
  );
  expect(say('upstream', { upstream_dag__gap_ratio__highest: 2 })).toBe('a DAG that feeds this one is late');
});

it('the platform', () => {
  expect(say('platform', { platform__scheduler_heartbeat_age__now: Math.log1p(240) })).toBe(
    'latest heartbeat of the scheduler 4 minutes ago',
  );
  expect(say('platform', { platform__scheduler_heartbeat_age__now: Math.log1p(3) })).toBeNull();
});
