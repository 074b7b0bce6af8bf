/** Failed runs get their rows in the ledger: what is to be done about them, or why nothing is. */
import type { UnixSeconds } from '../../core/facts.js';
import { mayBeAutomatic, type Promotion } from '../ledger/promotions.js';
import type { NewAction } from '../ledger/types.js';
import { addActions } from '../ledger/write.js';
import { decide, isDrawn } from '../policy/decide.js';
import { decideTrigger, withoutDag } from '../policy/decide-trigger.js';
import { drawFor, drawnColumns } from './drawing.js';
import { hasDag, readFailedRuns, type NewFailure } from './failed-runs.js';
import type { EngineOptions } from './options.js';

/** Runs that failed longer ago are history: nobody waits for them. */
const NEW_SECONDS = 3600;

export async function decideFailures(
  options: EngineOptions,
  promotions: readonly Promotion[],
  now: UnixSeconds,
): Promise<void> {
  const { database, logger } = options;
  for (const failure of await readFailedRuns(database, now - NEW_SECONDS)) {
    const { deployment, dagId: dag_id, runId: run_id } = failure.run;
    const actions = await actionsOf(options, failure, promotions, now);
    for (const { id, kind, state, reason } of await addActions(database, actions, now))
      logger.info({ deployment, dag_id, run_id, action: id, kind, state }, `action: ${reason}`);
  }
}

/** One, beside which a trigger that is only recorded or suggested stands; none while its logs are to be read. */
async function actionsOf(
  options: EngineOptions,
  { run: failed, dag }: NewFailure,
  promotions: readonly Promotion[],
  now: UnixSeconds,
): Promise<NewAction[]> {
  const { config } = options;
  const { deployment, dagId, runId } = failed;
  const run = { ...failed, risk: options.riskOf(deployment, dagId) };
  const incident = JSON.stringify([dagId, runId]);
  const unit = { kind: 'incident', deployment, incidentId: incident } as const;
  const draw = await drawFor(options, unit, isDrawn(config, dagId));
  const isEarned = (kind: 'retry' | 'trigger'): boolean => mayBeAutomatic(promotions, { deployment, kind });
  const retry = decide(config, dag, run, draw, isEarned('retry'), now);
  if (retry.verdict === 'wait') return [];
  const about = { deployment, dagId, runId, pool: null, incident, follows: null };
  const actions: NewAction[] = [];
  const decided = decideTrigger(config, dag, run, draw, isEarned('trigger'));
  const isKnown = decided === null || (await hasDag(options.database, deployment, decided.request.dagId));
  const trigger = isKnown ? decided : withoutDag(decided, deployment);
  if (trigger !== null) {
    const { verdict: state, mode, cause, reason, request } = trigger;
    const drawn = drawnColumns(state === 'recommended' ? null : draw);
    actions.push({ ...about, ...drawn, state, mode, cause, reason, request, dueAt: run.endedAt });
  }
  if (trigger?.isInPlaceOfRetry !== true) {
    const { verdict: state, mode, cause, reason, dueAt } = retry;
    const drawn = drawnColumns(state === 'recommended' ? null : draw);
    const request = { kind: 'retry', dagId, runId } as const;
    actions.push({ ...about, ...drawn, state, mode, cause, reason, request, dueAt });
  }
  return actions;
}
