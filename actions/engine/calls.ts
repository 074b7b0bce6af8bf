/** Calls what is due, within the guardrails, and finds out what became of calls that were cut off. */
import type { UnixSeconds } from '../../core/facts.js';
import { performCall, prepareCall, reconcileCall, undoOf } from '../airflow/call.js';
import type { CallResult, Refused } from '../airflow/results.js';
import { readStop } from '../ledger/control.js';
import { mayBeAutomatic, readPromotions } from '../ledger/promotions.js';
import { findAction, readCalls, readDue, readForgotten } from '../ledger/read.js';
import type { LedgerAction, NewAction } from '../ledger/types.js';
import { changeAction, ORC } from '../ledger/write.js';
import { checkGuardrails, type GuardState } from '../policy/guardrails.js';
import { releaseAt } from '../policy/decide-hold.js';
import type { ActionRequest } from '../request.js';
import type { EngineOptions } from './options.js';
import { isHeld, readLastRelease, wasReleased } from './shared-outages.js';

const HOUR = 3600;
const DAY = 86_400;
/** For so long after it is due somebody waits for a run, and for what is to relieve a pool or an outage. */
const RUN_PATIENCE_SECONDS = 6 * HOUR;
const RELIEF_PATIENCE_SECONDS = HOUR;
/** What could not be taken back is tried again after so long. */
const TAKE_BACK_EVERY_SECONDS = 60;
/** Longer than any `timeout_seconds`. */
const LONGEST_CALL_SECONDS = 660;

/** One that fails holds no other back: Airflow may be away for one deployment. */
export async function callDue(options: EngineOptions): Promise<void> {
  const { database, clock, logger } = options;
  for (const action of await readDue(database, clock())) {
    try {
      await (action.state === 'calling' ? reconcile(options, action) : call(options, action));
    } catch (error) {
      logger.warn({ err: error, action: action.id }, 'an action could not be called, will be tried again');
    }
  }
}

/** Proposals that nobody decided in time are let go. */
export async function forgetProposals({ database, clock }: EngineOptions): Promise<void> {
  const now = clock();
  for (const { id } of await readForgotten(
    database,
    now - RUN_PATIENCE_SECONDS,
    now - RELIEF_PATIENCE_SECONDS,
  ))
    await changeAction(
      database,
      id,
      ['proposed'],
      { state: 'refused', refusal: 'too_late', reason: 'nobody decided in time' },
      ORC,
      now,
    );
}

async function call(options: EngineOptions, action: LedgerAction): Promise<void> {
  const { database, clock } = options;
  const now = clock();
  const refuse = (refusal: string, reason: string) =>
    changeAction(database, action.id, [action.state], { state: 'refused', refusal, reason }, ORC, now);
  const held = await (action.follows === null
    ? heldBack(options, action, now)
    : heldBackFollowUp(options, action));
  if (held === 'wait') return;
  if (held !== null) {
    await refuse(held.guardrail, held.reason);
    return;
  }
  const withSite = options.withSite(action.deployment);
  // What takes another back waits for the credential: it must not be given up.
  if (withSite === null) return;
  await withSite(async (site) => {
    const ready = await prepareCall(site, action.request);
    if (ready.outcome === 'refused') {
      // Airflow is away: the next pass asks again.
      if (ready.reason === 'unreachable') return;
      // Its DAG is held behind an outage, and the retry with it.
      if (ready.reason === 'paused' && (await isHeld(database, action.deployment, action.dagId!))) return;
      if (isToBeTakenBack(action, ready)) await takeBackLater(options, action, ready);
      else await refuse(ready.reason, ready.message);
      return;
    }
    // The intent is on record before Airflow hears of it, and with it how it is taken back; only one process gets to write it.
    const { before } = ready;
    const calledAt = clock();
    const expiresAt = await expiryOf(options, action, calledAt);
    const intent = {
      ...({ state: 'calling', reason: 'Airflow is asked', before } as const),
      ...(expiresAt === null ? {} : { expiresAt }),
      followUps: followUpsOf(options, action, before, calledAt, expiresAt),
    };
    const calling = await changeAction(database, action.id, ['approved'], intent, ORC, calledAt);
    if (calling === null) return;
    await settle(options, calling, await performCall(site, { request: action.request, before }));
  });
}

/** By a guardrail, or by what has changed since the decision. */
interface HeldBack {
  readonly guardrail: string;
  readonly reason: string;
}

/** What holds an action back that was decided by the policy or a person; null when nothing does. */
async function heldBack(
  options: EngineOptions,
  action: LedgerAction,
  now: UnixSeconds,
): Promise<HeldBack | null> {
  if (now - action.dueAt > (action.runId !== null ? RUN_PATIENCE_SECONDS : RELIEF_PATIENCE_SECONDS))
    return {
      guardrail: 'too_late',
      reason: 'it could not be called in time, and nobody waits for it any more',
    };
  return checkGuardrails(options.config, action, await guardState(options, action, now));
}

/**
 * What follows another waits until that is settled, and is not needed where that was not done. No guardrail holds it back: taking back
 * in time is part of what was promised.
 */
async function heldBackFollowUp(
  { database }: EngineOptions,
  { follows, kind }: LedgerAction,
): Promise<HeldBack | 'wait' | null> {
  const followed = await findAction(database, follows!);
  if (followed?.state === 'done') {
    const { deployment, dagId, calledAt } = followed;
    return kind === 'unpause' && (await wasReleased(database, deployment, dagId!, calledAt!))
      ? {
          guardrail: 'changed',
          reason: 'a person has let it go on meanwhile; what pauses it now is not ours',
        }
      : null;
  }
  if (followed?.state === 'calling') return 'wait';
  return { guardrail: 'not_needed', reason: `action ${follows!} was not done` };
}

async function guardState(
  options: EngineOptions,
  { deployment, kind }: LedgerAction,
  now: UnixSeconds,
): Promise<GuardState> {
  const { database, config } = options;
  const span = Math.max(DAY, config.limits.breaker_minutes * 60, config.limits.cooldown_minutes * 60);
  return {
    now,
    stop: await readStop(database),
    hasCredential: options.withSite(deployment) !== null,
    collectedAt: options.collectedAt(deployment),
    calibrationError: options.calibrationError(),
    isEarned: mayBeAutomatic(await readPromotions(database), { deployment, kind }),
    calls: await readCalls(database, deployment, now - span),
  };
}

/** When a change that is for a time only is taken back; null where it stays. */
async function expiryOf(
  { database, config }: EngineOptions,
  { deployment, kind, follows }: LedgerAction,
  calledAt: UnixSeconds,
): Promise<UnixSeconds | null> {
  if (follows !== null) return null;
  if (kind === 'resize_pool') return calledAt + config.pool.expire_minutes * 60;
  if (kind === 'pause') return releaseAt(config, calledAt, await readLastRelease(database, deployment));
  return null;
}

/** What is to be done once an action is done. */
function followUpsOf(
  { config }: EngineOptions,
  action: LedgerAction,
  before: unknown,
  calledAt: UnixSeconds,
  expiresAt: UnixSeconds | null,
): NewAction[] {
  const { id, deployment, dagId, runId, pool, cause, mode, request } = action;
  const followUp = (name: string, next: ActionRequest, reason: string, dueAt: UnixSeconds): NewAction => ({
    ...{ deployment, dagId, runId, pool, cause, mode, state: 'approved', reason, request: next, dueAt },
    ...{ incident: JSON.stringify([name, id]), arm: null, treatedProbability: null, follows: id },
  });
  const undo = expiresAt === null ? null : undoOf({ request, before });
  if (undo !== null && expiresAt !== null)
    return [followUp('take back', undo, `takes action ${id} back when its time is over`, expiresAt)];
  if (request.kind === 'retry' && config.retry.note) {
    const text = `ORC AI ran this again: it had failed of ${cause} (action ${id})`;
    return [
      followUp(
        'note',
        { kind: 'note', dagId: request.dagId, runId: request.runId, text },
        `notes action ${id}`,
        calledAt,
      ),
    ];
  }
  return [];
}

/** Takes up a call whose end nobody wrote down. */
async function reconcile(options: EngineOptions, action: LedgerAction): Promise<void> {
  const withSite = options.withSite(action.deployment);
  if (withSite === null) return;
  await withSite(async (site) => {
    const found = await reconcileCall(site, { request: action.request, before: action.before });
    if (found.outcome !== 'absent') await settle(options, action, found);
    // A request under way may still arrive: only after its longest wait is it known that there is none.
    else if (options.clock() - action.calledAt! > LONGEST_CALL_SECONDS)
      await settle(options, action, {
        outcome: 'refused',
        reason: 'airflow_failed',
        message: 'Airflow shows no trace of the call; it is not made again by itself',
      });
  });
}

async function settle(options: EngineOptions, action: LedgerAction, result: CallResult): Promise<void> {
  const { database, clock, logger } = options;
  const { deployment, dagId: dag_id, runId: run_id, pool, id } = action;
  const where = { deployment, dag_id, run_id, pool, action: id };
  if (result.outcome === 'unknown') {
    logger.warn(where, `it is not known yet whether Airflow has acted: ${result.message}`);
    return;
  }
  if (result.outcome === 'refused' && isToBeTakenBack(action, result)) {
    await takeBackLater(options, action, result);
    return;
  }
  const change =
    result.outcome === 'done'
      ? ({ state: 'done', reason: 'Airflow has done it', after: result.after } as const)
      : ({ state: 'refused', reason: result.message, refusal: result.reason } as const);
  await changeAction(database, id, ['calling'], change, ORC, clock());
  logger.info(where, `action ${change.state}: ${change.reason}`);
}

/** A change for a time only stays until it is taken back, or is no longer ours: Airflow's refusals are not the last word on it. */
function isToBeTakenBack({ follows, kind }: LedgerAction, result: Refused): boolean {
  return (
    follows !== null && kind !== 'note' && !['not_found', 'changed', 'already_so'].includes(result.reason)
  );
}

async function takeBackLater(
  { database, clock, logger }: EngineOptions,
  { id, deployment, pool, follows, state }: LedgerAction,
  { message }: Refused,
): Promise<void> {
  const now = clock();
  const reason = `could not be taken back, will be tried again: ${message}`;
  const change = { state: 'approved', reason, dueAt: now + TAKE_BACK_EVERY_SECONDS } as const;
  await changeAction(database, id, [state], change, ORC, now);
  logger.error({ deployment, pool, action: follows }, reason);
}
