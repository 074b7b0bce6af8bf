/** What holds an action back, whoever wants it. Pure. */
import type { ActionMode, ActionsConfig } from '../../core/config/actions.js';
import { matchesPattern } from '../../core/dag-pattern.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { ActionKind } from '../../core/action-terms.js';
import { openWindow } from './maintenance.js';

export const GUARDRAILS = [
  'stopped',
  'no_credential',
  'protected_dag',
  'protected_pool',
  'maintenance',
  'stale_data',
  'miscalibrated',
  'circuit_breaker',
  'demoted',
  'budget_per_hour',
  'budget_per_day',
  'cooldown',
] as const;
export type Guardrail = (typeof GUARDRAILS)[number];

/** An action that was called, as the limits count it. */
export interface PastCall {
  readonly kind: ActionKind;
  /** Null for a pool. */
  readonly dagId: string | null;
  readonly calledAt: UnixSeconds;
  /** Whether it brought what it was for; null while that is not known. */
  readonly helped: boolean | null;
}

/** What is known when an action is about to be called. */
export interface GuardState {
  readonly now: UnixSeconds;
  /** Who pulled the stop switch, and when; null when it is not pulled. */
  readonly stop: { readonly by: string; readonly at: UnixSeconds } | null;
  readonly hasCredential: boolean;
  /** End of the last collection that went well; null when there was none. */
  readonly collectedAt: UnixSeconds | null;
  /** Of DAG runs, live; null while it is not known. */
  readonly calibrationError: number | null;
  /** Whether actions of this kind may be automatic now. */
  readonly isEarned: boolean;
  /** Calls on this deployment within the last day or the time of the circuit breaker, in any order. */
  readonly calls: readonly PastCall[];
}

export interface GuardrailRefusal {
  readonly guardrail: Guardrail;
  readonly reason: string;
}

const HOUR = 3600;
const DAY = 86_400;

/** What an action is about to touch; one of the two is null. */
export interface GuardedAction {
  readonly kind: ActionKind;
  readonly dagId: string | null;
  readonly pool: string | null;
  readonly mode: ActionMode;
}

/** The first guardrail that holds an action back, in the order of {@link GUARDRAILS}; null when none does. */
export function checkGuardrails(
  config: Pick<ActionsConfig, 'protected_dags' | 'protected_pools' | 'maintenance' | 'limits'>,
  { kind, dagId, pool, mode }: GuardedAction,
  state: GuardState,
): GuardrailRefusal | null {
  const { now, stop, calls } = state;
  const { limits } = config;
  const checks: Readonly<Record<Guardrail, () => string | null>> = {
    stopped: () => (stop === null ? null : `actions were stopped by ${stop.by} (orc actions resume)`),
    no_credential: () =>
      state.hasCredential ? null : 'no credential for actions is configured (`deployments[].acting`)',
    protected_dag: () => protectedBy(config.protected_dags, dagId, 'protected_dags'),
    protected_pool: () => protectedBy(config.protected_pools, pool, 'protected_pools'),
    maintenance: () => {
      const window = openWindow(config.maintenance, now);
      return window === null ? null : `maintenance from ${window.from} to ${window.to} ${window.time_zone}`;
    },
    stale_data: () => staleness(state, limits.stale_minutes),
    miscalibrated: () =>
      state.calibrationError !== null && state.calibrationError > limits.calibration_error
        ? `the live calibration error is ${state.calibrationError.toFixed(3)}, above ${limits.calibration_error}`
        : null,
    circuit_breaker: () => breaker(state, limits),
    demoted: () =>
      mode === 'automatic' && !state.isEarned
        ? 'this kind of action was demoted after it was decided, and needs a person again'
        : null,
    budget_per_hour: () => budget(callsSince(calls, now - HOUR), limits.per_hour, 'hour'),
    budget_per_day: () => budget(callsSince(calls, now - DAY), limits.per_day, 'day'),
    cooldown: () => {
      const since = now - limits.cooldown_minutes * 60;
      return dagId !== null &&
        calls.some((call) => call.kind === kind && call.dagId === dagId && call.calledAt > since)
        ? `the same was done about ${dagId} less than ${limits.cooldown_minutes} minutes ago`
        : null;
    },
  };
  for (const guardrail of GUARDRAILS) {
    const reason = checks[guardrail]();
    if (reason !== null) return { guardrail, reason };
  }
  return null;
}

function protectedBy(patterns: readonly string[], name: string | null, key: string): string | null {
  if (name === null) return null;
  const pattern = patterns.find((one) => matchesPattern(one, name));
  return pattern === undefined ? null : `${name} is protected (\`${pattern}\` in actions.${key})`;
}

function staleness({ now, collectedAt }: GuardState, mostMinutes: number): string | null {
  if (collectedAt === null) return 'nothing has been collected from this Airflow yet';
  const minutes = (now - collectedAt) / 60;
  return minutes > mostMinutes
    ? `the last collection is ${Math.round(minutes)} minutes old, more than ${mostMinutes}`
    : null;
}

function callsSince(calls: readonly PastCall[], since: UnixSeconds): number {
  return calls.filter(({ calledAt }) => calledAt > since).length;
}

function budget(called: number, most: number, span: string): string | null {
  return called >= most ? `${called} actions within the last ${span}, and ${most} are allowed` : null;
}

/** Open while the last calls whose end is known, so many in a row, did not help. */
function breaker(
  { now, calls }: GuardState,
  { failures_in_row: inRow, breaker_minutes: minutes }: ActionsConfig['limits'],
): string | null {
  const known = calls
    .filter(({ helped }) => helped !== null)
    .sort((a, b) => b.calledAt - a.calledAt)
    .slice(0, inRow);
  if (known.length < inRow || known.some(({ helped }) => helped === true)) return null;
  return now - known[0]!.calledAt < minutes * 60
    ? `the last ${inRow} actions did not help: nothing is done for ${minutes} minutes`
    : null;
}
