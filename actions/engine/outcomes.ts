/** What became of what was done, and of what was left alone. */
import type { UnixSeconds } from '../../core/facts.js';
import { demote, readPromotions, saveEvidence } from '../ledger/promotions.js';
import { readUnfollowed, readUnjudged } from '../ledger/read.js';
import type { LedgerAction } from '../ledger/types.js';
import { follow, judge, ORC, type Outcome } from '../ledger/write.js';
import { addOutcome, DEMOTION_EVIDENCE, loss } from '../value/demotion.js';
import { MEASURE_OF } from '../value/promotion.js';
import type { EngineOptions } from './options.js';
import { readMinutesToSuccess } from './shared-outages.js';
import { readStarvedMinutes } from './starving-pools.js';

const DAY = 86_400;
/** What became of an incident is looked at so long after the draw, in both arms alike. */
const JUDGE_AFTER_SECONDS = 7200;
/** Whether a call helped is asked for this often, until it is known. */
const ASK_EVERY_SECONDS = 30;
/** Whether a pool still starves is looked at over the last minutes. */
const POOL_WINDOW_SECONDS = 300;
/** So soon after its release a DAG should have succeeded. */
const RECOVERY_SECONDS = 3600;

/** The circuit breaker counts what did not help as soon as that is known. @param askedAt by the id of an action, kept by the caller */
export async function followCalls(options: EngineOptions, askedAt: Map<number, UnixSeconds>): Promise<void> {
  const { database, clock } = options;
  const now = clock();
  for (const action of await readUnfollowed(database, now - DAY)) {
    if (now - (askedAt.get(action.id) ?? -Infinity) < ASK_EVERY_SECONDS) continue;
    askedAt.set(action.id, now);
    const helped = await hasHelped(options, action, now);
    if (helped === null) continue;
    await follow(database, action.id, helped);
    askedAt.delete(action.id);
  }
}

/** Null while it is not known. */
async function hasHelped(
  { database, readRun }: EngineOptions,
  { deployment, dagId, runId, pool, request, calledAt, expiresAt }: LedgerAction,
  now: UnixSeconds,
): Promise<boolean | null> {
  if (pool !== null) {
    if (now < calledAt! + POOL_WINDOW_SECONDS) return null;
    const starved = await readStarvedMinutes(database, { deployment, pool }, now - POOL_WINDOW_SECONDS, now);
    if (starved < POOL_WINDOW_SECONDS / 60 / 2) return true;
    return now >= expiresAt! ? false : null;
  }
  if (runId === null) {
    // Held behind an outage: helped when a run succeeds soon after the release.
    if (now < expiresAt! + RECOVERY_SECONDS) return null;
    const dag = { deployment, dagId: dagId! };
    return (await readMinutesToSuccess(database, dag, expiresAt!, now)) * 60 < now - expiresAt!;
  }
  // A DAG that was started has helped once it has done its work.
  const followed = request.kind === 'trigger' ? request : { dagId: dagId!, runId };
  const run = await readRun(deployment, followed.dagId, followed.runId);
  if (run?.state === 'success') return true;
  return run?.state === 'failed' ? false : null;
}

/** The outcome of every draw, after the same time; and evidence of harm where actions are automatic. */
export async function judgeAll(options: EngineOptions): Promise<void> {
  const { database, clock } = options;
  for (const action of await readUnjudged(database, clock() - JUDGE_AFTER_SECONDS)) {
    const outcome = await outcomeOf(options, action, clock());
    if (outcome === null) continue;
    await judge(database, action.id, outcome, clock());
    await weigh(options, action, outcome);
  }
}

/** Null while a run goes on; one that has not ended a day later is as good as failed. */
async function outcomeOf(
  { database, readRun }: EngineOptions,
  { deployment, dagId, runId, pool, kind, drawnAt }: LedgerAction,
  now: UnixSeconds,
): Promise<Outcome | null> {
  const judgedAt = drawnAt + JUDGE_AFTER_SECONDS;
  if (pool !== null) {
    const minutes = await readStarvedMinutes(database, { deployment, pool }, drawnAt, judgedAt);
    return { runFailed: null, delayMinutes: minutes };
  }
  const minutesToSuccess = (): Promise<number> =>
    readMinutesToSuccess(database, { deployment, dagId: dagId! }, drawnAt, judgedAt);
  if (runId === null) return { runFailed: null, delayMinutes: await minutesToSuccess() };
  const run = await readRun(deployment, dagId!, runId);
  // What was started may repair the failed run itself, or let the next one succeed.
  if (kind === 'trigger')
    return {
      runFailed: run === null ? null : run.state === 'failed',
      delayMinutes: await minutesToSuccess(),
    };
  if (run === null) return { runFailed: null, delayMinutes: null };
  const isOver = run.state === 'failed' || run.state === 'success';
  if (!isOver && now - drawnAt <= DAY) return null;
  // Until it had succeeded, at most until it was looked at.
  const until = run.state === 'success' ? Math.min(run.endedAt ?? judgedAt, judgedAt) : judgedAt;
  return { runFailed: run.state !== 'success', delayMinutes: Math.max(until - drawnAt, 0) / 60 };
}

async function weigh(
  { database, clock, logger }: EngineOptions,
  action: LedgerAction & { readonly treatedProbability: number },
  { runFailed, delayMinutes }: Outcome,
): Promise<void> {
  const { deployment, kind, mode, arm, drawnAt, treatedProbability } = action;
  const promotion = (await readPromotions(database)).find(
    (one) => one.deployment === deployment && one.kind === kind && one.demotedAt === null,
  );
  if (mode !== 'automatic' || promotion === undefined) return;
  const measure = MEASURE_OF[kind];
  if (measure === null || drawnAt < promotion.promotedAt) return;
  if (measure === 'failures' ? runFailed === null : delayMinutes === null) return;
  const observed = {
    arm: arm!,
    treatedProbability,
    loss: loss(measure, runFailed ?? false, delayMinutes ?? 0),
  };
  const evidence = addOutcome(promotion.evidence, observed);
  await saveEvidence(database, action, evidence);
  if (evidence.evidence < DEMOTION_EVIDENCE) return;
  const reason = `a bad stretch: ${evidence.outcomes} outcomes since the promotion speak for harm`;
  await demote(database, action, reason, ORC, clock());
  logger.error({ deployment, kind }, `actions are demoted, and wait for approval again: ${reason}`);
}
