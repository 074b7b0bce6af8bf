import { describe, expect, it } from 'vitest';
import { aspectOf } from '../../features/aspects.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../../features/registry.js';

const aspectNamed = (features: typeof TRY_FEATURES, name: string): string =>
  aspectOf(features.find((feature) => feature.name === name)!);

describe('aspects', () => {
  it('leave what tells the usual level of a subject out of all reasons', () => {
    for (const name of [
      'task__failure_rate__128d',
      'task__duration__usual',
      'task__tries__all',
      'task__age__now',
      'dag__failure_rate__32d',
    ])
      expect(aspectNamed(TRY_FEATURES, name), name).toBe('');
    expect(aspectNamed(DAG_RUN_FEATURES, 'dag_run__failure_rate__128d')).toBe('');
  });

  it('take slow averages that depend on how things are now for news', () => {
    expect(aspectNamed(TRY_FEATURES, 'task__transition_rate__32d')).toBe('record');
    expect(aspectNamed(TRY_FEATURES, 'task__historical_rate__30d')).toBe('record');
    expect(aspectNamed(TRY_FEATURES, 'task__timeout_share__usual')).toBe('duration');
    expect(aspectNamed(TRY_FEATURES, 'task__weekday_failure_rate__128d')).toBe('calendar');
  });

  it('put a feature with the fact that it tells, whatever its group', () => {
    expect(aspectNamed(TRY_FEATURES, 'pool__queue_wait_surprise__3h')).toBe('capacity');
    expect(aspectNamed(TRY_FEATURES, 'failure_reason__same_template__3h')).toBe('others');
    expect(aspectNamed(TRY_FEATURES, 'run__upstream_failing__now')).toBe('');
  });

  it.each([
    ['tries', TRY_FEATURES],
    ['DAG runs', DAG_RUN_FEATURES],
  ])('are few for %s', (_kind, features) => {
    const aspects = new Set(features.map(aspectOf));
    aspects.delete('');
    expect(aspects.size).toBeGreaterThan(4);
    expect(aspects.size).toBeLessThanOrEqual(14);
  });
});
