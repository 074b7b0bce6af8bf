/** What holds an action back, whoever wants it. Pure. */
import type { ActionMode, ActionsConfig } from '../../core/config/actions.js';
import { matchesPattern } from '../../core/dag-pattern.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { ActionKind } from '../../core/action-terms.js';
import type { ActionRequest } from '../request.js';
import { mostSlots } from './decide-pool.js';
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
  'incident_busy',
  'pool_growth',
  'budget_per_hour',
  'budget_per_day',
  'cooldown',
] as const;
export type Guardrail = (typeof GUARDRAILS)[number];

/** An action that was called, as the limits count it. */
export interface PastCall {
  readonly id: number;
  readonly kind: ActionKind;
  /** What it was about; one of the two is null. */
  readonly dagId: string | null;
  readonly pool: string | null;
  /** The DAG that was called on: of a trigger, the one that was started; null for a pool. */
  readonly targetDagId: string | null;
  readonly calledAt: UnixSeconds;
  /** It is not known yet whether Airflow has done it. */
  readonly isUnderWay: boolean;
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

/** An action that is about to be called, and what it is about; one of `dagId` and `pool` is null. */
export interface GuardedAction {
  readonly dagId: string | null;
  readonly pool: string | null;
  readonly mode: ActionMode;
  readonly request: ActionRequest;
}

/** The first guardrail that holds an action back, in the order of {@link GUARDRAILS}; null when none does. */
export function checkGuardrails(
  config: Pick<ActionsConfig, 'protected_dags' | 'protected_pools' | 'maintenance' | 'limits' | 'pool'>,
  { dagId, pool, mode, request }: GuardedAction,
  state: GuardState,
): GuardrailRefusal | null {
  const { now, stop, calls } = state;
  const targetDagId = 'dagId' in request ? request.dagId : null;
  const { limits } = config;
  const checks: Readonly<Record<Guardrail, () => string | null>> = {
    stopped: () => (stop === null ? null : `actions were stopped by ${stop.by} (orc actions resume)`),
    no_credential: () =>
      state.hasCredential ? null : 'no credential for actions is configured (`deployments[].acting`)',
    protected_dag: () =>
      protectedBy(config.protected_dags, dagId, 'protected_dags') ??
      protectedBy(config.protected_dags, targetDagId, 'protected_dags'),
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
    incident_busy: () => {
      const other = calls.find((call) => call.isUnderWay && call.dagId === dagId && call.pool === pool);
      return other === undefined
        ? null
        : `it is not known yet whether Airflow has done action ${other.id} about ${dagId ?? pool!}`;
    },
    pool_growth: () => growth(request, config.pool.growth_percent),
    budget_per_hour: () => budget(callsSince(calls, now - HOUR), limits.per_hour, 'hour'),
    budget_per_day: () => budget(callsSince(calls, now - DAY), limits.per_day, 'day'),
    cooldown: () => {
      const since = now - limits.cooldown_minutes * 60;
      const isSame = (call: PastCall): boolean =>
        call.kind === request.kind && call.targetDagId === targetDagId && call.calledAt > since;
      return targetDagId !== null && calls.some(isSame)
        ? `the same was done about ${targetDagId} less than ${limits.cooldown_minutes} minutes ago`
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

/** What the policy allows now: it may have been narrowed since the decision. */
function growth(request: ActionRequest, growthPercent: number): string | null {
  if (request.kind !== 'resize_pool') return null;
  const { pool, slots, seenSlots } = request;
  const most = mostSlots(seenSlots, growthPercent);
  return slots > most
    ? `pool ${pool} may grow from ${seenSlots} to ${most} slots at most (${growthPercent} %), not to ${slots}`
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
