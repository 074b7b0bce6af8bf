/** Whether messages should show what is known now. Pure. */
import type { UnixSeconds } from '../../core/facts.js';
import type { DagSituation, Situation } from './types.js';

/** Less than this moves nobody. */
const MOVED_RISK = 0.05;
/** An end that shifts by less, in seconds or as a share of the time left, is the same end. */
const MOVED_END_SECONDS = 300;
const MOVED_END_SHARE = 0.1;

export type UpdateReason =
  | 'first_known'
  | 'risk_moved'
  | 'run_moved'
  | 'end_moved'
  | 'reasons_changed'
  | 'failure_explained'
  | 'others_changed';
export type UpdateDecision = UpdateReason | 'unchanged' | 'too_soon';

/**
 * @param told what messages say; null when they say nothing yet
 * @param toldAt since when
 * @param shortestSeconds between two updates for the situation alone
 */
export function decideUpdate(
  told: Situation | null,
  current: Situation | null,
  toldAt: UnixSeconds | null,
  now: UnixSeconds,
  shortestSeconds: number,
): UpdateDecision {
  if (current === null) return 'unchanged';
  if (told === null) return 'first_known';
  const reason = whatMoved(told, current, now);
  if (reason === null) return 'unchanged';
  return toldAt !== null && now - toldAt < shortestSeconds ? 'too_soon' : reason;
}

function whatMoved(told: Situation, current: Situation, now: UnixSeconds): UpdateReason | null {
  if ((told.dag === null) !== (current.dag === null)) return 'first_known';
  if (Math.abs((told.pool?.risk ?? 0) - (current.pool?.risk ?? 0)) >= MOVED_RISK) return 'risk_moved';
  if (told.dag !== null && current.dag !== null) {
    const moved = whatMovedOf(told.dag, current.dag, now);
    if (moved !== null) return moved;
  }
  const names = ({ atRisk }: Situation): string => atRisk.map(({ dagId }) => dagId).join('\0');
  return names(told) === names(current) ? null : 'others_changed';
}

function whatMovedOf(told: DagSituation, current: DagSituation, now: UnixSeconds): UpdateReason | null {
  if (told.runId !== current.runId || told.stage !== current.stage) return 'run_moved';
  if (told.failedTasks.length !== current.failedTasks.length) return 'run_moved';
  const lateMoved = Math.abs((told.lateRisk ?? 0) - (current.lateRisk ?? 0));
  if (Math.max(Math.abs(told.risk - current.risk), lateMoved) >= MOVED_RISK) return 'risk_moved';
  const shift = Math.abs((told.expectedEnd?.[1] ?? 0) - (current.expectedEnd?.[1] ?? 0));
  const left = Math.max(0, (current.expectedEnd?.[1] ?? 0) - now);
  if (shift >= Math.max(MOVED_END_SECONDS, MOVED_END_SHARE * left)) return 'end_moved';
  if (told.suggestion !== current.suggestion || told.reasons[0] !== current.reasons[0])
    return 'reasons_changed';
  return isExplained(told, current) ? 'failure_explained' : null;
}

/** Whether a log was read that says more of the failure than messages do. */
function isExplained({ lastFailure: told }: DagSituation, { lastFailure: current }: DagSituation): boolean {
  if (current?.isRecent !== true) return false;
  return (
    told?.runId !== current.runId || told.taskId !== current.taskId || told.evidence !== current.evidence
  );
}
