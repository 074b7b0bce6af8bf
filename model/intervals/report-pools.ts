/** The figures of forecasts of full pools. */
import type { UnixSeconds } from '../../core/facts.js';
import { riskMetrics, type RiskMetrics } from '../evaluation/metrics.js';
import type { PoolFold } from './pool-fold.js';

export interface PoolReport {
  readonly pools: number;
  /** Forecasts of pools that were not full at that moment; those that were are certain. */
  readonly rows: number;
  readonly full: number;
  readonly already_full: number;
  readonly model: RiskMetrics;
  /** The share of earlier windows at the same hour of the day in which the pool was full. */
  readonly hour_rate: RiskMetrics;
}

/** Listens to the pools of a fold; the function that is returned tells the figures so far. */
export function summarisePools(fold: PoolFold, testFrom: UnixSeconds): () => PoolReport {
  const pools = new Set<string>();
  const labels: number[] = [];
  const risks: number[] = [];
  const rates: number[] = [];
  let alreadyFull = 0;
  fold.listener = (risk, decidedAt, wasFull) => {
    if (decidedAt < testFrom) return;
    pools.add(`${risk.deployment}\0${risk.pool}`);
    if (risk.occupiedSlots >= risk.slots) {
      alreadyFull++;
      return;
    }
    labels.push(wasFull ? 1 : 0);
    risks.push(risk.risk);
    rates.push(risk.usualRisk);
  };
  return () => ({
    pools: pools.size,
    rows: labels.length,
    full: labels.reduce((sum, label) => sum + label, 0),
    already_full: alreadyFull,
    model: riskMetrics(Uint8Array.from(labels), Float64Array.from(risks)),
    hour_rate: riskMetrics(Uint8Array.from(labels), Float64Array.from(rates)),
  });
}
