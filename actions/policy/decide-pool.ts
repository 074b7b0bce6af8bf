/** What is to be done about a starving pool, by the policy alone. Pure. */
import type { ActionMode, ActionsConfig } from '../../core/config/actions.js';
import { matchesPattern } from '../../core/dag-pattern.js';
import type { Draw } from '../value/draw.js';
import { HELD_OUT } from './decide.js';
import { outcomeOfMode, type ModeState } from './modes.js';

/** A pool of which every slot is taken while tasks wait for one. */
export interface StarvingPool {
  readonly deployment: string;
  readonly pool: string;
  readonly slots: number;
  /** Slots that the waiting tasks want. */
  readonly wanted: number;
  /** Of the last `actions.pool.starving_minutes`, how many it was so. */
  readonly starvedMinutes: number;
}

/** Between two tasks a slot may be free for a moment. */
const STARVED_SHARE = 0.9;

export interface PoolDecision {
  readonly verdict: 'held_out' | ModeState;
  readonly mode: ActionMode;
  readonly reason: string;
  readonly slots: number;
}

/** Whether the incidents of a pool are drawn at all. */
export function isPoolDrawn(
  { protected_pools }: Pick<ActionsConfig, 'protected_pools'>,
  pool: string,
): boolean {
  return !protected_pools.some((pattern) => matchesPattern(pattern, pool));
}

/** To how many slots a pool may grow: by one at least. */
export function mostSlots(slots: number, growthPercent: number): number {
  return Math.max(Math.floor(slots * (1 + growthPercent / 100)), slots + 1);
}

/**
 * Null while it has not starved long enough.
 *
 * @param draw null where nothing is held out
 * @param isEarned whether pools may be resized automatically
 */
export function decidePool(
  { pool: settings }: Pick<ActionsConfig, 'pool'>,
  { pool, slots, wanted, starvedMinutes }: StarvingPool,
  draw: Draw | null,
  isEarned: boolean,
): PoolDecision | null {
  if (starvedMinutes < STARVED_SHARE * settings.starving_minutes) return null;
  const grown = Math.min(slots + wanted, mostSlots(slots, settings.growth_percent));
  const { mode, state, words } = outcomeOfMode(settings.mode, isEarned);
  if (draw?.arm === 'held_out') return { verdict: 'held_out', mode, reason: HELD_OUT, slots: grown };
  const what = `tasks have waited for pool ${pool} for ${settings.starving_minutes} minutes: growing it from ${slots} to ${grown} slots for ${settings.expire_minutes} minutes`;
  return { verdict: state, mode, reason: `${what} ${words}`, slots: grown };
}
