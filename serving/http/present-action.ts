/** From the ledger of actions to the JSON of the API. Pure. */
import type { DeskAction, DeskReport, DeskStop, DeskValueLine } from '../action-desk.js';
import type { ActionJson, ActionReportJson, StopJson } from './action-schemas.js';
import { isoTime } from './present.js';

export function presentAction(action: DeskAction): ActionJson {
  const { calledAt, expiresAt } = action;
  return {
    action_id: action.id,
    deployment: action.deployment,
    action: action.kind,
    dag_id: action.dagId,
    run_id: action.runId,
    pool: action.pool,
    target_dag_id: action.targetDagId,
    cause: action.cause,
    mode: action.mode,
    arm: action.arm,
    state: action.state,
    reason: action.reason,
    refusal: action.refusal,
    decided_by: action.decidedBy,
    recorded_at: isoTime(action.drawnAt),
    due_at: isoTime(action.dueAt),
    changed_at: isoTime(action.changedAt),
    called_at: calledAt === null ? null : isoTime(calledAt),
    expires_at: expiresAt === null ? null : isoTime(expiresAt),
    follows: action.follows,
    helped: action.helped,
    run_failed: action.runFailed,
  };
}

export function presentStop(stop: DeskStop | null): StopJson {
  return { stopped: stop === null ? null : { by: stop.by, at: isoTime(stop.at) } };
}

export function presentReport({ counts, value }: DeskReport, stop: DeskStop | null): ActionReportJson {
  return {
    ...presentStop(stop),
    counts: counts.map(({ deployment, kind, cause, mode, state, count, helped }) => ({
      ...{ deployment, action: kind, cause, mode, state, count, helped },
    })),
    value: value.map((line) => ({
      action: line.kind,
      cause: line.cause,
      treated: presentArm(line.treated),
      held_out: presentArm(line.heldOut),
      failures_avoided: line.failuresAvoided,
      minutes_saved: line.minutesSaved,
      total: {
        failures_avoided: line.total.failuresAvoided,
        minutes_saved: line.total.minutesSaved,
      },
    })),
  };
}

const presentArm = ({ units, known, failed }: DeskValueLine['treated']) => ({
  incidents: units,
  known,
  failed,
});
