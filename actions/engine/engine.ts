/** Looks at what failed, decides by the policy, and calls what is due: within the guardrails, once, and on record. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import type { ActionsConfig } from '../../core/config/actions.js';
import { asLeader } from '../../core/database/leader.js';
import type { Database } from '../../core/database/port.js';
import { errorMessage } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import { performCall, prepareCall, reconcileCall } from '../airflow/call.js';
import type { CallResult } from '../airflow/results.js';
import type { AirflowSite } from '../airflow/site.js';
import {
  addAction,
  changeAction,
  countActions,
  follow,
  judge,
  ORC,
  readCalls,
  readDue,
  readSalt,
  readStop,
  readUnfollowed,
  readUnjudged,
  type ActionCount,
} from '../ledger/ledger.js';
import type { LedgerAction } from '../ledger/types.js';
import { decide, isDrawn } from '../policy/decide.js';
import { checkGuardrails, type GuardState } from '../policy/guardrails.js';
import { retrySettingsOf } from '../policy/retry-settings.js';
import { drawArm } from '../value/draw.js';
import { readFailedRuns } from './failed-runs.js';

const LEAD = 'actions';
const DAY = 86_400;
const HOUR = 3600;
/** Runs that failed longer ago are history: nobody waits for them. */
const NEW_SECONDS = HOUR;
/** An approved action that could not be called for so long is too late. */
const TOO_LATE_SECONDS = 6 * HOUR;
/** What became of a run is looked at so long after the draw, in both arms alike. */
const JUDGE_AFTER_SECONDS = 2 * HOUR;
const PASS_SECONDS = 5;
/** Longer than any `timeout_seconds`. */
const LONGEST_CALL_SECONDS = 660;
/** Whether a call helped is asked for this often, until its run has ended. */
const ASK_EVERY_SECONDS = 30;

export interface EngineOptions {
  readonly database: Database;
  readonly config: ActionsConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Works with an Airflow through the credential for actions; null where there is none. Rejects when it cannot be reached. */
  readonly withSite: (
    deployment: string,
  ) => (<T>(work: (site: AirflowSite) => Promise<T>) => Promise<T>) | null;
  /** State of a run as the reading user sees it; null when there is none. Rejects when Airflow cannot be reached. */
  readonly runState: (deployment: string, dagId: string, runId: string) => Promise<string | null>;
  readonly collectedAt: (deployment: string) => UnixSeconds | null;
  /** Of DAG runs, live; null while unknown. */
  readonly calibrationError: () => number | null;
}

export interface ActionEngine {
  /** One look at everything; what another process does is left to it. Rejects when the database does. */
  readonly pass: () => Promise<void>;
  /** A pass every few seconds until the signal aborts. Never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Counts of the ledger as of the last pass. */
  readonly counts: () => readonly ActionCount[];
}

export function createActionEngine(options: EngineOptions): ActionEngine {
  const { database, config, clock, logger } = options;
  let counts: readonly ActionCount[] = [];
  /** When the run of a call was last asked for, by the id of its action. */
  const askedAt = new Map<number, UnixSeconds>();

  /** Everything that failed gets a row in the ledger: what is to be done about it, or why nothing is. */
  async function decideAll(): Promise<void> {
    const now = clock();
    const failures = await readFailedRuns(database, now - NEW_SECONDS);
    if (failures.length === 0) return;
    const salt = await readSalt(database);
    for (const { run, dag } of failures) {
      const { deployment, dagId, runId } = run;
      const unit = { kind: 'incident', deployment, incidentId: JSON.stringify([dagId, runId]) } as const;
      const draw =
        config.held_out_share > 0 && isDrawn(config, dagId)
          ? drawArm(salt, unit, config.held_out_share)
          : null;
      const { verdict, cause, reason, dueAt } = decide(config, dag, run, draw, now);
      if (verdict === 'wait') continue;
      const drawn = verdict === 'recommended' ? null : draw;
      const added = await addAction(
        database,
        {
          ...{ deployment, dagId, runId, kind: 'retry', cause, reason, dueAt, state: verdict },
          ...{ mode: retrySettingsOf(config, dag).mode, request: { kind: 'retry', dagId, runId } },
          ...{ arm: drawn?.arm ?? null, treatedProbability: drawn?.treatedProbability ?? null },
        },
        now,
      );
      if (added !== null)
        logger.info(
          { deployment, dag_id: dagId, run_id: runId, action: added.id, state: verdict },
          `action: ${reason}`,
        );
    }
  }

  async function guardState(action: LedgerAction, now: UnixSeconds): Promise<GuardState> {
    const { deployment } = action;
    const span = Math.max(DAY, config.limits.breaker_minutes * 60, config.limits.cooldown_minutes * 60);
    return {
      now,
      stop: await readStop(database),
      hasCredential: options.withSite(deployment) !== null,
      collectedAt: options.collectedAt(deployment),
      calibrationError: options.calibrationError(),
      calls: await readCalls(database, deployment, now - span),
    };
  }

  async function call(action: LedgerAction): Promise<void> {
    const now = clock();
    const refuse = (refusal: string, reason: string) =>
      changeAction(database, action.id, [action.state], { state: 'refused', refusal, reason }, ORC, now);
    if (now - action.dueAt > TOO_LATE_SECONDS) {
      await refuse('too_late', 'it could not be called for six hours, and nobody waits for it any more');
      return;
    }
    const held = checkGuardrails(config, action.dagId, await guardState(action, now));
    if (held !== null) {
      await refuse(held.guardrail, held.reason);
      return;
    }
    await options.withSite(action.deployment)!(async (site) => {
      const ready = await prepareCall(site, action.request);
      if (ready.outcome === 'refused') {
        // Airflow is away: the next pass asks again.
        if (ready.reason !== 'unreachable') await refuse(ready.reason, ready.message);
        return;
      }
      // The intent is on record before Airflow hears of it; only one process gets to write it.
      const intent = { state: 'calling', reason: 'Airflow is asked', before: ready.before } as const;
      const calling = await changeAction(database, action.id, ['approved'], intent, ORC, clock());
      if (calling === null) return;
      await settle(calling, await performCall(site, { request: action.request, before: ready.before }));
    });
  }

  /** Takes up a call whose end nobody wrote down. */
  async function reconcile(action: LedgerAction): Promise<void> {
    const withSite = options.withSite(action.deployment);
    if (withSite === null) return;
    await withSite(async (site) => {
      const found = await reconcileCall(site, { request: action.request, before: action.before });
      if (found.outcome !== 'absent') await settle(action, found);
      // A request under way may still arrive: only after its longest wait is it known that there is none.
      else if (clock() - action.calledAt! > LONGEST_CALL_SECONDS)
        await settle(action, {
          outcome: 'refused',
          reason: 'airflow_failed',
          message: 'Airflow shows no trace of the call; it is not made again by itself',
        });
    });
  }

  async function settle(action: LedgerAction, result: CallResult): Promise<void> {
    const { deployment, dagId: dag_id, runId: run_id, id } = action;
    const where = { deployment, dag_id, run_id, action: id };
    if (result.outcome === 'unknown') {
      logger.warn(where, `it is not known yet whether Airflow has acted: ${result.message}`);
      return;
    }
    const change =
      result.outcome === 'done'
        ? ({ state: 'done', reason: 'Airflow has done it', after: result.after } as const)
        : ({ state: 'refused', reason: result.message, refusal: result.reason } as const);
    await changeAction(database, id, ['calling'], change, ORC, clock());
    logger.info(where, `action ${change.state}: ${change.reason}`);
  }

  /** The circuit breaker counts what did not help as soon as the run has ended. */
  async function followCalls(): Promise<void> {
    const now = clock();
    for (const action of await readUnfollowed(database, now - DAY)) {
      if (now - (askedAt.get(action.id) ?? -Infinity) < ASK_EVERY_SECONDS) continue;
      askedAt.set(action.id, now);
      const state = await options.runState(action.deployment, action.dagId, action.runId);
      if (state !== 'success' && state !== 'failed') continue;
      await follow(database, action.id, state === 'success');
      askedAt.delete(action.id);
    }
  }

  async function judgeAll(): Promise<void> {
    for (const action of await readUnjudged(database, clock() - JUDGE_AFTER_SECONDS)) {
      const state = await options.runState(action.deployment, action.dagId, action.runId);
      const isOver = state === null || state === 'failed' || state === 'success';
      // A run that has not ended a day later is as good as failed.
      if (isOver || clock() - action.drawnAt > DAY)
        await judge(database, action.id, state === null ? null : state !== 'success', clock());
    }
  }

  /** One that fails holds no other back: Airflow may be away for one deployment. */
  async function tryEach(actions: readonly LedgerAction[]): Promise<void> {
    for (const action of actions) {
      try {
        await (action.state === 'calling' ? reconcile(action) : call(action));
      } catch (error) {
        logger.warn({ err: error, action: action.id }, 'an action could not be called, will be tried again');
      }
    }
  }

  async function pass(): Promise<void> {
    await lead();
    counts = await countActions(database);
  }

  async function lead(): Promise<void> {
    await asLeader(database, LEAD, async () => {
      await decideAll();
      await tryEach(await readDue(database, clock()));
      for (const look of [followCalls, judgeAll])
        await look().catch((error: unknown) => {
          logger.warn({ err: error }, 'what became of some runs could not be read, will be tried again');
        });
    });
  }

  return {
    pass,
    counts: () => counts,
    run: async (signal) => {
      let isFailing = false;
      while (!signal.aborted) {
        try {
          await pass();
          isFailing = false;
        } catch (error) {
          if (!isFailing) logger.error({ err: error }, `actions: ${errorMessage(error)}; tried again`);
          isFailing = true;
        }
        await sleep(PASS_SECONDS * 1000, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
