import type { TryObservation, UnixSeconds } from '../../core/facts.js';
import { backfillFactor } from './causes.js';
import { isDue, planDag, POOLS, type SimulatedDag } from './plan.js';
import { simulateRun, type PoolLoad } from './simulate-run.js';

export interface SimulateOptions {
  /** The same seed makes the same history. */
  readonly seed: number;
  readonly dags: number;
  readonly days: number;
  /** Most tries to make; no limit unless given. */
  readonly tries?: number;
  /** First hour of the history; Monday 2025-01-06T00:00:00Z unless given. */
  readonly start?: UnixSeconds;
  /** Adds the causes whose signs are in `simulateSurroundings`; false unless given. */
  readonly platform?: boolean;
}

/** Monday. */
export const DEFAULT_START = 1_736_121_600;

/** Slots of a pool over its load in the busiest hour of a week: `spark` is scarce. */
const POOL_ROOM: ReadonlyMap<string, number> = new Map([
  ['default_pool', 2.5],
  ['warehouse', 1.6],
  ['spark', 1.3],
]);
const HOURS_OF_A_WEEK = 168;

/**
 * Makes a history of scheduled DAG runs that fail for known causes: an outage that several DAGs share, flakiness, a bad
 * deployment that is fixed later, a slow drift into a timeout, a pool that a backfill crowds, a heavier load on Mondays. The cause of a failed
 * try is in `extra.post_cause` and nowhere else.
 *
 * Tries come run by run in the order of the hours in which runs are due. Memory is bounded by the number of DAGs.
 */
export function* simulate(options: SimulateOptions): Generator<TryObservation, void, undefined> {
  const { seed, dags: count, days, tries: limit = Infinity, start = DEFAULT_START } = options;
  const dags = Array.from({ length: count }, (_, index) => planDag(seed, index));
  const slots = poolSlots(dags);
  const withPlatform = options.platform ?? false;
  const firstHour = Math.floor(start / 3600);
  let made = 0;
  for (let hour = firstHour; hour < firstHour + days * 24; hour++) {
    const due = dags.filter((dag) => isDue(dag, hour));
    const load = poolLoad(seed, hour, due, slots);
    for (const dag of due) {
      for (const observation of simulateRun(seed, dag, hour, load, withPlatform)) {
        if (made++ >= limit) return;
        yield observation;
      }
    }
  }
}

/** So many that only a backfill in a busy hour fills a pool. */
export function poolSlots(dags: readonly SimulatedDag[]): Map<string, number> {
  const peak = new Map<string, number>();
  for (let hour = 0; hour < HOURS_OF_A_WEEK; hour++) {
    const demand = poolDemand(dags.filter((dag) => isDue(dag, hour)));
    for (const [pool, value] of demand) peak.set(pool, Math.max(value, peak.get(pool) ?? 0));
  }
  return new Map(POOLS.map((pool) => [pool, Math.max(1, (peak.get(pool) ?? 0) * POOL_ROOM.get(pool)!)]));
}

/** How crowded each pool is in an hour. */
export function poolLoad(
  seed: number,
  hour: number,
  due: readonly SimulatedDag[],
  slots: ReadonlyMap<string, number>,
): PoolLoad {
  const demand = poolDemand(due);
  const loadOf = (pool: string): number =>
    ((demand.get(pool) ?? 0) / slots.get(pool)!) * backfillFactor(seed, pool, hour * 3600);
  return new Map(POOLS.map((pool) => [pool, loadOf(pool)]));
}

/** Task seconds per second that the DAGs want of each pool. */
function poolDemand(dags: readonly SimulatedDag[]): Map<string, number> {
  const demand = new Map<string, number>();
  for (const dag of dags) {
    for (const task of dag.tasks) {
      const seconds = task.medianSeconds * Math.max(1, task.mapped);
      demand.set(task.pool, (demand.get(task.pool) ?? 0) + seconds / 3600);
    }
  }
  return demand;
}
