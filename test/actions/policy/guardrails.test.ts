import { describe, expect, it } from 'vitest';
import {
  checkGuardrails,
  type GuardedAction,
  type Guardrail,
  type GuardState,
} from '../../../actions/policy/guardrails.js';
import { openWindow } from '../../../actions/policy/maintenance.js';
import { actionsSchema } from '../../../core/config/actions.js';

/** A Thursday, noon in UTC. */
const NOW = Date.parse('2026-11-26T12:00:00Z') / 1000;
const MINUTE = 60;
const HOUR = 3600;

const config = actionsSchema.parse({
  protected_dags: ['finance_*'],
  protected_pools: ['db_*'],
  maintenance: [{ days: ['sat'], from: '22:00', to: '02:00', time_zone: 'Europe/Berlin' }],
});
const calm: GuardState = {
  now: NOW,
  stop: null,
  hasCredential: true,
  collectedAt: NOW - 20,
  calibrationError: 0.01,
  isEarned: true,
  calls: [],
};
const callsAt = (ages: readonly number[], helped: boolean | null = true, dagId: string | null = 'other') =>
  ages.map((age) => ({
    ...{ id: 7, kind: 'retry' as const, dagId, pool: null, targetDagId: dagId },
    ...{ calledAt: NOW - age, isUnderWay: false, helped },
  }));
const retryOf = (dagId: string): GuardedAction => ({
  ...{ dagId, pool: null, mode: 'automatic', request: { kind: 'retry', dagId, runId: 'r1' } },
});
const grow = (pool: string, slots: number): GuardedAction => ({
  ...{ dagId: null, pool, mode: 'automatic', request: { kind: 'resize_pool', pool, slots, seenSlots: 4 } },
});
const start = (dagId: string, started: string): GuardedAction => ({
  ...retryOf(dagId),
  request: { kind: 'trigger', dagId: started, runId: 'orc__1', conf: {} },
});
const automatic = retryOf('orders');
const check = (change: Partial<GuardState>, action: Partial<GuardedAction> = {}) =>
  checkGuardrails(config, { ...automatic, ...action }, { ...calm, ...change });

describe('guardrails', () => {
  it('let an action through when nothing speaks against it', () => {
    expect(check({})).toBeNull();
    expect(check({ calibrationError: null })).toBeNull();
  });

  it.each<[Guardrail, Partial<GuardState>, RegExp, Partial<GuardedAction>?]>([
    ['stopped', { stop: { by: 'ada', at: NOW } }, /stopped by ada/],
    ['no_credential', { hasCredential: false }, /deployments\[\]\.acting/],
    ['protected_dag', {}, /`finance_\*`/, retryOf('finance_daily')],
    ['protected_dag', {}, /finance_repair is protected/, start('orders', 'finance_repair')],
    ['protected_pool', {}, /`db_\*` in actions\.protected_pools/, grow('db_orders', 5)],
    ['pool_growth', {}, /from 4 to 6 slots at most \(50 %\), not to 7/, grow('etl', 7)],
    [
      'incident_busy',
      { calls: callsAt([60], null, 'orders').map((call) => ({ ...call, isUnderWay: true })) },
      /action 7 about orders/,
      start('orders', 'repair'),
    ],
    ['maintenance', { now: Date.parse('2026-11-28T21:30:00Z') / 1000 }, /22:00 to 02:00 Europe\/Berlin/],
    ['stale_data', { collectedAt: NOW - 16 * MINUTE }, /16 minutes old, more than 15/],
    ['stale_data', { collectedAt: null }, /nothing has been collected/],
    ['miscalibrated', { calibrationError: 0.2 }, /0\.200, above 0\.1/],
    ['circuit_breaker', { calls: callsAt([90, 4000, 8000], false) }, /the last 3 actions did not help/],
    ['demoted', { isEarned: false }, /demoted/],
    ['budget_per_hour', { calls: callsAt([1, 2, 3, 4, 5, 6]) }, /6 actions within the last hour/],
    [
      'budget_per_day',
      { calls: callsAt(Array.from({ length: 30 }, (_, i) => 2 * HOUR + i)) },
      /30 actions within the last day/,
    ],
    ['cooldown', { calls: callsAt([59 * MINUTE], true, 'orders') }, /less than 60 minutes ago/],
  ])('hold back: %s', (guardrail, change, reason, action) => {
    const refusal = check(change, action);
    expect(refusal?.guardrail).toBe(guardrail);
    expect(refusal?.reason).toMatch(reason);
  });

  it('let a person approve what is not automatic (any more); another kind of action, or a pool, has no cool-down', () => {
    expect(check({ isEarned: false }, { mode: 'approve' })).toBeNull();
    expect(
      check({ calls: callsAt([60], true, 'orders') }, { request: { kind: 'pause', dagId: 'orders' } }),
    ).toBeNull();
    expect(check({ calls: callsAt([60], true, null) }, grow('etl', 6))).toBeNull();
  });

  it('count a DAG that is started for several others as one', () => {
    const started = callsAt([60], true, 'orders').map((call) => ({
      ...{ ...call, kind: 'trigger' as const, targetDagId: 'repair' },
    }));
    expect(check({ calls: started }, start('bills', 'repair'))?.guardrail).toBe('cooldown');
    expect(check({ calls: started }, start('bills', 'other'))).toBeNull();
  });

  it('name the first of several', () => {
    expect(check({ hasCredential: false, stop: { by: 'ada', at: NOW } })?.guardrail).toBe('stopped');
  });

  it('close the circuit breaker again after its time, or after an action that helped', () => {
    const failed = callsAt([90, 4000, 8000], false);
    expect(check({ calls: failed, now: NOW + 2 * HOUR, collectedAt: NOW + 2 * HOUR })).toBeNull();
    expect(check({ calls: [...failed, ...callsAt([60], true)] })).toBeNull();
    expect(check({ calls: [...failed, ...callsAt([60], null)] })?.guardrail).toBe('circuit_breaker');
  });

  it('do not count what is older than an hour, a day or the cool-down', () => {
    expect(check({ calls: callsAt(Array<number>(20).fill(HOUR)) })).toBeNull();
    expect(check({ calls: callsAt(Array<number>(40).fill(24 * HOUR)) })).toBeNull();
    expect(check({ calls: callsAt([HOUR], true, 'orders') })).toBeNull();
  });

  it('allow nothing with a budget of 0', () => {
    const none = actionsSchema.parse({ limits: { per_hour: 0, per_day: 0 } });
    expect(checkGuardrails(none, automatic, calm)?.guardrail).toBe('budget_per_hour');
  });
});

describe('maintenance windows', () => {
  const window = config.maintenance[0]!;
  it.each([
    ['before it begins', '2026-11-28T20:59:00Z', false],
    ['as it begins', '2026-11-28T21:00:00Z', true],
    ['after midnight, on the next day of its zone', '2026-11-29T00:59:00Z', true],
    ['as it ends', '2026-11-29T01:00:00Z', false],
    ['on another day', '2026-11-27T21:30:00Z', false],
    ['in the night that belongs to another day', '2026-11-28T00:30:00Z', false],
  ])('%s', (_name, time, isOpen) => {
    expect(openWindow([window], Date.parse(time) / 1000) !== null).toBe(isOpen);
  });
});
