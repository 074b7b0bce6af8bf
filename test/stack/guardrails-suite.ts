import { describe, expect, it } from 'vitest';
import { demote, GUARDRAILS, setStopped, type Guardrail } from '../../actions/index.js';
import { drawArm } from '../../actions/value/index.js';
import { verifyAudit } from '../../actions/audit/index.js';
import type { ActionKind } from '../../core/action-terms.js';
import type { Trial, TrialSettings } from './acting-engine.js';
import type { ActionsWorld } from './actions-world.js';
import { snapshotAirflow } from './airflow-snapshot.js';

const MINUTE = 60;

interface Case {
  readonly guardrail: Guardrail | 'too_late';
  readonly reason: RegExp;
  /** What holds when it is called, beside what held when it was approved. */
  readonly actions?: Readonly<Record<string, unknown>>;
  readonly settings?: (trial: Trial) => TrialSettings;
  readonly prepare?: (trial: Trial) => Promise<unknown>;
  /** Default: the failed run is retried. */
  readonly about?: { readonly kind: ActionKind; readonly subject: string };
}

const POOL = { kind: 'resize_pool', subject: 'crowd' } as const;

/** Open from an hour ago on for two hours. */
function aroundNow(): object {
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  return { from: at(-1), to: at(1) };
}

const CASES: readonly Case[] = [
  {
    guardrail: 'stopped',
    reason: /stopped by ada/,
    prepare: ({ database, clock }) => setStopped(database, true, 'ada', clock()),
  },
  { guardrail: 'no_credential', reason: /acting/, settings: () => ({ acting: null }) },
  {
    guardrail: 'protected_dag',
    reason: /outage is protected \(`out\*`/,
    actions: { protected_dags: ['out*'] },
  },
  {
    guardrail: 'protected_pool',
    reason: /crowd is protected/,
    about: POOL,
    actions: { protected_pools: ['crowd'] },
  },
  {
    guardrail: 'maintenance',
    reason: /maintenance from .* UTC/,
    settings: () => ({ actions: { maintenance: [aroundNow()] } }),
  },
  {
    guardrail: 'stale_data',
    reason: /16 minutes old/,
    settings: ({ clock }) => ({ change: { collectedAt: () => clock() - 16 * MINUTE } }),
  },
  {
    guardrail: 'miscalibrated',
    reason: /0\.500, above 0\.1/,
    settings: () => ({ change: { calibrationError: () => 0.5 } }),
  },
  {
    guardrail: 'circuit_breaker',
    reason: /the last 3 actions did not help/,
    prepare: async (trial) => {
      for (const minutesAgo of [5, 6, 7]) await trial.addPast('memory', minutesAgo, { helped: false });
    },
  },
  {
    guardrail: 'incident_busy',
    reason: /whether Airflow has done action \d+ about outage/,
    prepare: (trial) => trial.addPast('outage', 2, { helped: null, state: 'calling' }),
  },
  {
    guardrail: 'pool_growth',
    reason: /from 2 to 3 slots at most \(1 %\), not to 4/,
    about: POOL,
    actions: { pool: { mode: 'approve', growth_percent: 1 } },
  },
  { guardrail: 'budget_per_hour', reason: /and 0 are allowed/, actions: { limits: { per_hour: 0 } } },
  {
    guardrail: 'budget_per_day',
    reason: /1 actions within the last day, and 1/,
    actions: { limits: { per_hour: 1, per_day: 1 } },
    prepare: (trial) => trial.addPast('memory', 120, { helped: true }),
  },
  {
    guardrail: 'cooldown',
    reason: /about outage less than 60 minutes ago/,
    prepare: (trial) => trial.addPast('outage', 10, { helped: true }),
  },
  {
    guardrail: 'too_late',
    reason: /could not be called in time/,
    prepare: (trial) => {
      trial.ahead += 7 * 3600;
      return Promise.resolve();
    },
  },
];

/** One failed run and one starving pool of a real Airflow; each guardrail meets them with a ledger of its own. */
export function guardrailsSuite(world: () => ActionsWorld): void {
  describe('a guardrail', () => {
    const snapshot = () => snapshotAirflow(world().metadata, ['outage', 'memory', 'repair']);

    it('is in one of these cases, whichever there are', () => {
      expect(CASES.map(({ guardrail }) => guardrail)).toEqual(
        expect.arrayContaining(GUARDRAILS.filter((guardrail) => guardrail !== 'demoted')),
      );
    });

    it.each(CASES)(
      'refuses what a person had approved, and Airflow is as it was: $guardrail',
      async (one) => {
        const { guardrail, reason, about = { kind: 'retry', subject: 'outage' } } = one;
        const before = await snapshot();
        const trial = await world().store.trial();
        try {
          // For so long the pool has starved.
          trial.ahead = 15 * MINUTE;
          await trial.engine({ actions: { pool: { mode: 'approve', growth_percent: 100 } } }).pass();
          await trial.approve(about.kind, about.subject);
          await one.prepare?.(trial);
          await trial.engine({ actions: one.actions ?? {}, ...one.settings?.(trial) }).pass();
          const action = await trial.action(about.kind, about.subject);
          expect(action).toMatchObject({
            state: 'refused',
            refusal: guardrail,
            decidedBy: 'ann',
            calledAt: null,
          });
          expect(action.reason).toMatch(reason);
          expect((await verifyAudit(trial.database)).firstBreak).toBeNull();
        } finally {
          await trial.close();
        }
        expect(await snapshot()).toEqual(before);
      },
    );

    it('refuses what was automatic when it was decided, and has been demoted since', async () => {
      const before = await snapshot();
      const trial = await world().store.trial();
      try {
        await trial.earn('retry');
        const actions = { retry: { mode: 'automatic', delay_minutes: 5, note: false } };
        const { pass } = trial.engine({ actions });
        await pass();
        expect(await trial.action('retry', 'outage')).toMatchObject({ state: 'approved', decidedBy: 'orc' });
        await demote(trial.database, { deployment: 'stack', kind: 'retry' }, 'harm', 'ada', trial.clock());
        trial.ahead = 6 * MINUTE;
        await pass();
        expect(await trial.action('retry', 'outage')).toMatchObject({ state: 'refused', refusal: 'demoted' });
      } finally {
        await trial.close();
      }
      expect(await snapshot()).toEqual(before);
    });

    it('is the draw too: what is held out is left alone, though it could be automatic', async () => {
      const before = await snapshot();
      const trial = await world().store.trial();
      try {
        await trial.earn('retry');
        const incidentId = JSON.stringify(['outage', world().failedRun]);
        const salts = Array.from({ length: 100 }, (_, number) => Buffer.alloc(16, number));
        const salt = salts.find(
          (one) =>
            drawArm(one, { kind: 'incident', deployment: 'stack', incidentId }, 0.5).arm === 'held_out',
        );
        await trial.database.execute('INSERT INTO action_control (salt) VALUES ($1)', [salt!]);
        const retry = { mode: 'automatic', delay_minutes: 0, note: false };
        const { pass } = trial.engine({ actions: { held_out_share: 0.5, retry } });
        await pass();
        trial.ahead = 3600;
        await pass();
        expect(await trial.action('retry', 'outage')).toMatchObject({
          ...{ state: 'held_out', arm: 'held_out', calledAt: null },
        });
      } finally {
        await trial.close();
      }
      expect(await snapshot()).toEqual(before);
    });
  });
}
