/** Which DAG is to be started after a failed run, by the policy alone. Pure. */
import { createHash } from 'node:crypto';
import type { ActionMode, ActionsConfig } from '../../core/config/actions.js';
import { FAILED_RUN_KEY, type TriggerRule } from '../../core/config/trigger-rules.js';
import { selects, type DagTraits } from '../../core/dag-selector.js';
import type { FailureClass } from '../../core/facts.js';
import type { RequestOf } from '../request.js';
import type { Draw } from '../value/draw.js';
import { causeOf, type FailedRun } from './cause.js';
import { HELD_OUT } from './decide.js';
import { outcomeOfMode, type ModeState } from './modes.js';

/** Ids of runs that ORC starts begin so. */
const OURS = 'orc__';

export interface TriggerDecision {
  readonly verdict: 'held_out' | 'recommended' | ModeState;
  readonly mode: ActionMode;
  readonly cause: FailureClass;
  readonly reason: string;
  readonly request: RequestOf<'trigger'>;
  /** Whether nothing else is done about the failure: not while it is only recorded or suggested. */
  readonly isInPlaceOfRetry: boolean;
}

/**
 * Null where no rule answers the failure. A run that ORC started is not answered by starting another, nor a DAG by itself: what was
 * to repair and failed needs a person.
 *
 * @param draw null where nothing is held out
 * @param isEarned whether DAGs may be started automatically
 */
export function decideTrigger(
  { trigger }: Pick<ActionsConfig, 'trigger'>,
  dag: DagTraits,
  run: FailedRun,
  draw: Draw | null,
  isEarned: boolean,
): TriggerDecision | null {
  const cause = causeOf(run);
  if (run.runId.startsWith(OURS)) return null;
  const rule = trigger.rules.find(
    (one) => selects(one, dag) && one.start !== dag.dagId && one.classes.some((of) => of === cause),
  );
  if (rule === undefined) return null;
  const { mode, state, words } = outcomeOfMode(trigger.mode, isEarned);
  const isHeldOut = draw?.arm === 'held_out';
  return {
    ...{ mode, cause, request: requestOf(rule, run, cause) },
    verdict: isHeldOut ? 'held_out' : state,
    reason: isHeldOut ? HELD_OUT : `failed of ${cause}: a run of ${rule.start} ${words}`,
    isInPlaceOfRetry: mode === 'approve' || mode === 'automatic',
  };
}

/** A rule whose DAG is not there is for its owner to mend; what else can be done about the failure is done. */
export function withoutDag(decision: TriggerDecision, deployment: string): TriggerDecision {
  const { cause, request } = decision;
  const reason = `failed of ${cause}: no DAG ${request.dagId} is known in ${deployment}, so that none is started (actions.trigger.rules)`;
  return { ...decision, verdict: 'recommended', reason, isInPlaceOfRetry: false };
}

/** The id of the new run follows from the failed one alone: whoever asks again asks for the same, and Airflow has it already. */
function requestOf(
  { start, conf }: TriggerRule,
  { deployment, dagId, runId }: FailedRun,
  cause: FailureClass,
): RequestOf<'trigger'> {
  const hash = createHash('sha256')
    .update(JSON.stringify([deployment, dagId, runId, start]))
    .digest('hex');
  const failedRun = { dag_id: dagId, run_id: runId, class: cause };
  return {
    kind: 'trigger',
    dagId: start,
    runId: `${OURS}${hash.slice(0, 24)}`,
    conf: { ...conf, [FAILED_RUN_KEY]: failedRun },
  };
}
