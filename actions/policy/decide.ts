/** What is to be done about a failed run, by the policy alone. Pure. */
import {
  isRetryable,
  WHY_NOT_RETRIED,
  type ActionMode,
  type ActionsConfig,
} from '../../core/config/actions.js';
import { matchesPattern } from '../../core/dag-pattern.js';
import type { DagTraits } from '../../core/dag-selector.js';
import type { FailureClass, UnixSeconds } from '../../core/facts.js';
import type { Draw } from '../value/draw.js';
import { causeOf, type FailedRun } from './cause.js';
import { outcomeOfMode, type ModeState } from './modes.js';
import { retrySettingsOf } from './retry-settings.js';

/** For so long the reading of its logs is waited for. */
export const LOG_PATIENCE_SECONDS = 600;

/**
 * `wait`: its logs are not read yet. The others are states of an action in the ledger. `recommended`: nothing that ORC does would help,
 * and the owner is told why; `held_out` is left alone for comparison.
 */
export type Verdict = 'wait' | 'recommended' | 'held_out' | ModeState;

export interface Decision {
  readonly verdict: Verdict;
  /** The mode that counts. */
  readonly mode: ActionMode;
  readonly cause: FailureClass;
  readonly reason: string;
  /** When the cause should have passed; Unix seconds. */
  readonly dueAt: UnixSeconds;
}

export const HELD_OUT = 'left alone by chance, so that acting can be compared with not acting';

/** Whether incidents of this DAG are drawn at all: what is protected is neither acted on nor compared. */
export function isDrawn({ protected_dags }: Pick<ActionsConfig, 'protected_dags'>, dagId: string): boolean {
  return !protected_dags.some((pattern) => matchesPattern(pattern, dagId));
}

/**
 * @param draw null where nothing is held out
 * @param isEarned whether retries may be automatic
 */
export function decide(
  config: ActionsConfig,
  dag: DagTraits,
  run: FailedRun,
  draw: Draw | null,
  isEarned: boolean,
  now: UnixSeconds,
): Decision {
  const settings = retrySettingsOf(config, dag);
  const { mode, state, words } = outcomeOfMode(settings.mode, isEarned);
  const cause = causeOf(run);
  const dueAt = run.endedAt + settings.delaySeconds;
  const decision = (verdict: Verdict, reason: string): Decision => ({ verdict, mode, cause, reason, dueAt });
  if (run.waitingLogs > 0 && now - run.endedAt < LOG_PATIENCE_SECONDS)
    return decision('wait', `${run.waitingLogs} logs of failed tries are still to be read`);
  const why = whyNot(cause, settings.classes) ?? tooRisky(cause, run.risk ?? null, settings.mostRisk);
  if (why !== null) return decision('recommended', why);
  if (draw?.arm === 'held_out') return decision('held_out', HELD_OUT);
  return decision(state, `failed of ${cause}: a retry ${words}`);
}

function whyNot(cause: FailureClass, classes: readonly FailureClass[]): string | null {
  if (classes.includes(cause)) return null;
  if (!isRetryable(cause)) return `failed of ${cause}: not retried, ${WHY_NOT_RETRIED[cause]}`;
  return `failed of ${cause}, which is not among actions.retry.classes`;
}

function tooRisky(cause: FailureClass, risk: number | null, mostRisk: number): string | null {
  if (risk === null || risk <= mostRisk) return null;
  return `failed of ${cause}: not retried, the next run of the DAG fails with a probability of ${risk.toFixed(2)}, above ${mostRisk} (actions.retry.most_risk)`;
}
