/** How many workers an Airflow should have: for what runs and waits now, and what is due within the hour. Pure. */
import type { PoolObservation } from '../core/facts.js';
import { METRICS } from '../core/metric-names.js';
import type { PoolRisk } from '../model/index.js';
import { formatLabels, formatSample, type Family } from './exposition.js';

/**
 * Workers that hold the slots wanted in all pools together, rounded up: in each the greater of what tasks take and want now and of what they
 * take now and the runs due within the hour usually take on average, but no more than the pool has. 0 when nothing is wanted.
 *
 * @param pools of one deployment, as they were last collected
 * @param risks of its pools
 * @param workerSlots tasks that one worker runs at once
 */
export function recommendedWorkers(
  pools: readonly PoolObservation[],
  risks: readonly PoolRisk[],
  workerSlots: number,
): number {
  const wanted = pools.map(({ pool, slots, occupiedSlots, scheduledSlots }) => {
    const risk = risks.find((one) => one.pool === pool);
    const soon = risk === undefined ? 0 : risk.occupiedSlots + risk.dueSlots;
    const most = Math.max(occupiedSlots + scheduledSlots, soon);
    // A pool without limit has -1 slots.
    return slots < 0 ? most : Math.min(slots, most);
  });
  return Math.ceil(wanted.reduce((sum, slots) => sum + slots, 0) / workerSlots);
}

/** Of the deployments whose workers are known, and of which pools were collected of late. */
export function workerFamily(
  pools: readonly PoolObservation[],
  risks: readonly PoolRisk[],
  workerSlots: ReadonlyMap<string, number>,
): Family {
  const { name, type, help } = METRICS.recommendedWorkers;
  const samples = [...workerSlots].map(([deployment, slots]) => {
    const own = pools.filter((pool) => pool.deployment === deployment);
    if (own.length === 0) return '';
    const ownRisks = risks.filter((risk) => risk.deployment === deployment);
    const value = recommendedWorkers(own, ownRisks, slots);
    return formatSample(name, formatLabels([['deployment', deployment]]), value);
  });
  return { name, type, help, samples: samples.join('') };
}
