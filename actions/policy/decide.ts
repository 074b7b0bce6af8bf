/** What is to be done about a failed run, by the policy alone. Pure. */
import { isRetryable, WHY_NOT_RETRIED, type ActionsConfig } from '../../core/config/actions.js';
import { matchesPattern } from '../../core/dag-pattern.js';
import type { DagTraits } from '../../core/dag-selector.js';
import type { FailureClass, UnixSeconds } from '../../core/facts.js';
import type { Draw } from '../value/draw.js';
import { causeOf, type FailedRun } from './cause.js';
import { retrySettingsOf } from './retry-settings.js';

/** For so long the reading of its logs is waited for. */
export const LOG_PATIENCE_SECONDS = 600;

/**
 * `wait`: its logs are not read yet. `recommend`: nothing that ORC does would help, and the owner is told why. The others are states
 * of an action in the ledger: `held_out` is left alone for comparison, `shadowed` is recorded only, `suggested` is said, `proposed`
 * waits for a person, `approved` is called when it is due.
 */
export type Verdict =
  'wait' | 'recommended' | 'held_out' | 'shadowed' | 'suggested' | 'proposed' | 'approved';

export interface Decision {
  readonly verdict: Verdict;
  readonly cause: FailureClass;
  readonly reason: string;
  /** When the cause should have passed; Unix seconds. */
  readonly dueAt: UnixSeconds;
}

const OF_MODE = {
  shadow: { verdict: 'shadowed', words: 'it would be retried (mode shadow)' },
  suggest: { verdict: 'suggested', words: 'a retry is suggested (mode suggest)' },
  approve: { verdict: 'proposed', words: 'a retry waits for approval (mode approve)' },
  automatic: { verdict: 'approved', words: 'it is retried (mode automatic)' },
} as const;

/** Whether incidents of this DAG are drawn at all: what is protected is neither acted on nor compared. */
export function isDrawn({ protected_dags }: Pick<ActionsConfig, 'protected_dags'>, dagId: string): boolean {
  return !protected_dags.some((pattern) => matchesPattern(pattern, dagId));
}

/** @param draw null where nothing is held out */
export function decide(
  config: ActionsConfig,
  dag: DagTraits,
  run: FailedRun,
  draw: Draw | null,
  now: UnixSeconds,
): Decision {
  const settings = retrySettingsOf(config, dag);
  const cause = causeOf(run);
  const dueAt = run.endedAt + settings.delaySeconds;
  const decision = (verdict: Verdict, reason: string): Decision => ({ verdict, cause, reason, dueAt });
  if (run.waitingLogs > 0 && now - run.endedAt < LOG_PATIENCE_SECONDS)
    return decision('wait', `${run.waitingLogs} logs of failed tries are still to be read`);
  const why = whyNot(cause, settings.classes);
  if (why !== null) return decision('recommended', why);
  if (draw?.arm === 'held_out')
    return decision('held_out', 'left alone by chance, so that acting can be compared with not acting');
  const { verdict, words } = OF_MODE[settings.mode];
  return decision(verdict, `failed of ${cause}: ${words}`);
}

function whyNot(cause: FailureClass, classes: readonly FailureClass[]): string | null {
  if (classes.includes(cause)) return null;
  if (!isRetryable(cause)) return `failed of ${cause}: not retried, ${WHY_NOT_RETRIED[cause]}`;
  return `failed of ${cause}, which is not among actions.retry.classes`;
}
