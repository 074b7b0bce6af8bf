import { describe, expect, it } from 'vitest';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../../features/registry.js';
import { NO_NAMES } from '../../features/describe.js';
import { SUGGESTION_RULES } from '../../features/suggestion-rules.js';
import { isEvidenceThin, suggest } from '../../features/suggestions.js';
import type { FeatureDefinition } from '../../features/types.js';

/** A vector of a calm subject, with some features set. */
function vectorOf(
  features: readonly FeatureDefinition[],
  set: Readonly<Record<string, number>>,
): Float32Array {
  const vector = new Float32Array(features.length);
  for (const [name, value] of Object.entries({ ...CALM, ...set })) {
    const column = features.findIndex((feature) => feature.name === name);
    if (column < 0 && name in set) throw new Error(`no feature is called ${name}`);
    if (column >= 0) vector[column] = value;
  }
  return vector;
}

/** The DAG has not changed for a year, and the task works. */
const CALM = {
  dag__since_change__now: Math.log1p(365 * 86_400),
  dag__since_deploy__now: NaN,
  task__since_change__now: Math.log1p(365 * 86_400),
  task__tries__all: 100,
  pool__slots__now: NaN,
};
const failing = { task__last_outcome__latest: 1, task__failures__last_8: 2, task__failures__last_30: 2 };
const rose = (group: string, logOdds = 1) => [{ group, logOdds }];
const ofClass = (name: string) => ({ ...failing, [`failure_reason__is_${name}__latest`]: 1 });

/** One case per rule: what raised the risk, and the numbers. */
const CASES: readonly (readonly [rule: string, aspect: string, set: Readonly<Record<string, number>>])[] = [
  ['upstream_failing', 'upstream', { run__upstream_failing__now: 2 }],
  ['code_after_change', 'record', { ...ofClass('code'), dag__since_change__now: Math.log1p(7200) }],
  ['code', 'record', ofClass('code')],
  ['permission', 'record', ofClass('permission_or_configuration')],
  ['data', 'record', ofClass('data')],
  ['resource', 'record', ofClass('resource')],
  ['timeout', 'record', { ...ofClass('timeout'), task__timeout_share__usual: 0.9 }],
  ['timeout_near', 'duration', { task__timeout_share__usual: 0.8 }],
  [
    'shared_outage',
    'others',
    { elsewhere__onsets__3h: 5, elsewhere__onset_rate__3h: 0.3, elsewhere__onset_rate__2d: 0.02 },
  ],
  ['infrastructure', 'record', ofClass('transient_infrastructure')],
  ['pool_wait', 'record', { ...failing, task__queue_wait_surprise__last: 2 }],
  ['pool_full', 'capacity', { pool__slots__now: 4, pool__occupied_share__now: 1 }],
  [
    'pool_suffers',
    'capacity',
    {
      pool__failure_rate__2d: 0.2,
      pool__failure_rate__32d: 0.05,
      deployment__failure_rate__2d: 0.05,
    },
  ],
  ['changed', 'change', { dag__since_change__now: Math.log1p(7200) }],
  ['long_streak', 'record', { ...failing, task__failure_streak__now: 6 }],
];

describe('suggestions', () => {
  it.each(CASES)('%s fits its evidence', (rule, aspect, set) => {
    expect(suggest(rose(aspect), TRY_FEATURES, vectorOf(TRY_FEATURES, set))?.rule).toBe(rule);
  });

  const SINGLY = { task__failures__all: 14, task__failure_rate__128d: 1 / 7, task__persistence__128d: 1 / 6 };

  it.each([
    [0, 'no retry is configured: allow one or two.'],
    [2, '2 retries are configured: see that they come late enough.'],
    [NaN, 'allow it a retry or two.'],
  ])('for failures that come singly, with %s retries, are made whatever raised the risk', (retries, end) => {
    const vector = vectorOf(TRY_FEATURES, { ...SINGLY, task__retries__now: retries });
    expect(suggest(rose('calendar', 0.01), TRY_FEATURES, vector)).toEqual({
      rule: 'comes_singly',
      text: `Its failures come singly (it fails 1 in 7, the next try 1 in 6), and ${end}`,
    });
  });

  it('a retry is worth it, too, where failures are likelier after one but the next try mostly works', () => {
    const vector = vectorOf(TRY_FEATURES, { ...SINGLY, task__persistence__128d: 1 / 3 });
    expect(suggest([], TRY_FEATURES, vector)).toEqual({
      rule: 'comes_singly',
      text: 'After a failure it mostly works at the next try (it fails 1 in 7, the next try 1 in 3), and no retry is configured: allow one or two.',
    });
  });

  it('what is usual comes first where it makes most of the risk, after what the record calls for', () => {
    const full = { pool__slots__now: 4, pool__occupied_share__now: 1 };
    const ruleOf = (set: Readonly<Record<string, number>>, isMostlyUsual: boolean) =>
      suggest(
        [...rose('capacity', 2), ...rose('record')],
        TRY_FEATURES,
        vectorOf(TRY_FEATURES, { ...SINGLY, ...full, ...set }),
        NO_NAMES,
        isMostlyUsual,
      )?.rule;
    expect(ruleOf({}, false)).toBe('pool_full');
    expect(ruleOf({}, true)).toBe('comes_singly');
    expect(ruleOf(ofClass('transient_infrastructure'), true)).toBe('infrastructure');
  });

  it('a pool that gives no slot comes before what raised the risk more', () => {
    const raised = [...rose('record', 3), ...rose('capacity', 0.3)];
    const ruleAt = (share: number) =>
      suggest(
        raised,
        TRY_FEATURES,
        vectorOf(TRY_FEATURES, { ...ofClass('code'), pool__unstarted_share__3h: share }),
      )?.rule;
    expect(ruleAt(0.05)).toBe('code');
    expect(ruleAt(0.2)).toBe('pool_full');
  });

  it.each([
    ['the task fails rarely', { task__failure_rate__128d: 0.01, task__persistence__128d: 0.01 }],
    ['failures follow each other', { task__persistence__128d: 0.6 }],
    ['it has failed three times in a row now', { task__failure_streak__now: 3 }],
    ['it has hardly failed', { task__failures__all: 2 }],
    ['a retry would be in vain', { failure_reason__is_code__latest: 1 }],
  ])('do not say that failures come singly when %s', (_what, set) => {
    const vector = vectorOf(TRY_FEATURES, { ...SINGLY, ...set });
    expect(suggest(rose('calendar', 0.01), TRY_FEATURES, vector)).toBeNull();
  });

  it.each(CASES)('%s is not made when the aspect did not raise the risk', (_rule, aspect, set) => {
    const vector = vectorOf(TRY_FEATURES, set);
    expect(suggest(rose(aspect, -1), TRY_FEATURES, vector)).toBeNull();
    expect(suggest(rose(aspect, 0.05), TRY_FEATURES, vector)).toBeNull();
    expect(suggest(rose('calendar_of_another_kind'), TRY_FEATURES, vector)).toBeNull();
  });

  it('are not made without evidence, whatever raised the risk', () => {
    for (const aspect of new Set(SUGGESTION_RULES.flatMap(({ aspects }) => aspects)))
      expect(suggest(rose(aspect), TRY_FEATURES, vectorOf(TRY_FEATURES, {})), aspect).toBeNull();
  });

  it('have a case for every rule', () => {
    const tried = new Set([...CASES.map(([rule]) => rule), 'no_try_left', 'comes_singly']);
    expect(new Set(SUGGESTION_RULES.map(({ rule }) => rule))).toEqual(tried);
    const run = vectorOf(DAG_RUN_FEATURES, { dag_run__runs__all: 9, dag_run__exhausted_tasks__now: 1 });
    expect(suggest(rose('run'), DAG_RUN_FEATURES, run)).toEqual({
      rule: 'no_try_left',
      text: '1 task has failed with no try left: fix the cause, then clear the failed tasks of this run.',
    });
  });

  it('name the pool, and tell the numbers', () => {
    const vector = vectorOf(TRY_FEATURES, { pool__slots__now: 4, pool__occupied_share__now: 1 });
    const { text } = suggest(rose('capacity'), TRY_FEATURES, vector, { pool: 'etl', operator: null })!;
    expect(text).toMatch(/^Pool `etl` is short of slots/);
    for (const [, aspect, set] of CASES)
      expect(suggest(rose(aspect), TRY_FEATURES, vectorOf(TRY_FEATURES, set))!.text).not.toMatch(
        /NaN|Infinity|undefined/,
      );
  });
});

describe('thin evidence', () => {
  it('is that of a subject with hardly any outcome of its own', () => {
    const thin = (features: readonly FeatureDefinition[], set: Readonly<Record<string, number>>): boolean =>
      isEvidenceThin(features, vectorOf(features, set));
    expect(thin(TRY_FEATURES, { task__tries__all: 4 })).toBe(true);
    expect(thin(TRY_FEATURES, { task__tries__all: 5 })).toBe(false);
    expect(thin(DAG_RUN_FEATURES, { dag_run__runs__all: 0 })).toBe(true);
    expect(thin(DAG_RUN_FEATURES, { dag_run__runs__all: 30 })).toBe(false);
  });
});
