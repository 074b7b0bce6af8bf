/**
 * Whether a pool will be full: from how much of it is in use, what it usually comes to at this hour, and what is due to start.
 * A logistic regression of these few inputs follows the outcomes of its own earlier forecasts online, one for each deployment,
 * so that its probabilities stay honest.
 */
import type { PoolFact, UnixSeconds } from '../../core/facts.js';
import { OnlineLogistic } from '../calibration/online-logistic.js';
import { logit, sigmoid } from '../log-odds.js';
import type { DeploymentTimes } from './deployment-times.js';
import { dueSlotSeconds } from './due-load.js';
import type { RunTimes } from './run-times.js';

/** Forecasts per horizon from which it learns. */
const LOOKS_PER_HORIZON = 4;
/** Looks that are made up for after a time without events; older ones would find nothing new. */
const MOST_LOOKS_AT_ONCE = 96;
const HOURS = 24;
const KEPT_PER_LOOK = 0.98;
const INPUTS = 5;
const PRIOR = {
  mean: [0, 1, 1, 0, 0],
  precision: [0.5, 4, 1, 1, 1],
  horizon: 5000,
} as const;
/** A pool that is full now is full within the hour; so is, nearly, what the regression is sure of. */
const LARGEST_RISK = 0.999;

export interface PoolRisk {
  readonly deployment: string;
  readonly pool: string;
  readonly slots: number;
  /** Slots that tries occupy now, queued ones included. */
  readonly occupiedSlots: number;
  /** Slots that the runs due within the horizon usually take, on average over it. */
  readonly dueSlots: number;
  /** P(it is full at some moment within the horizon). */
  readonly risk: number;
  /** Share of earlier windows that began at this hour of the day and in which it was full. */
  readonly usualRisk: number;
}

/** Told of each forecast whose outcome is known. */
export type PoolListener = (risk: PoolRisk, decidedAt: UnixSeconds, wasFull: boolean) => void;

interface Look {
  readonly pool: PoolState;
  readonly at: UnixSeconds;
  readonly inputs: Float64Array;
  readonly risk: PoolRisk;
  wasFull: boolean;
}

class PoolState {
  slots = NaN;
  /** By tries of which the beginning is known. */
  occupied = 0;
  /** By the last pool fact, less what has changed since. */
  told = NaN;
  readonly looks: Look[] = [];
  /** Decayed looks, and those that found it full, by the hour of the day; the last one is of all hours. */
  readonly seen = new Float32Array(HOURS + 1);
  readonly full = new Float32Array(HOURS + 1);

  constructor(
    readonly deployment: string,
    readonly pool: string,
  ) {}

  get inUse(): number {
    return Math.max(0, this.occupied, Number.isNaN(this.told) ? 0 : this.told);
  }

  get isFull(): boolean {
    return this.slots > 0 && this.inUse >= this.slots;
  }

  usualRisk(hour: number): number {
    const overall = (this.full[HOURS]! + 0.1) / (this.seen[HOURS]! + 1);
    return (this.full[hour]! + 3 * overall) / (this.seen[hour]! + 3);
  }

  count(hour: number, wasFull: boolean): void {
    for (const index of [hour, HOURS]) {
      const kept = index === HOURS ? 1 - (1 - KEPT_PER_LOOK) / HOURS : KEPT_PER_LOOK;
      this.seen[index] = kept * this.seen[index]! + 1;
      this.full[index] = kept * this.full[index]! + (wasFull ? 1 : 0);
    }
  }
}

function hourOf(at: UnixSeconds): number {
  return ((Math.floor(at / 3600) % HOURS) + HOURS) % HOURS;
}

export class PoolFold {
  listener: PoolListener | null = null;
  private readonly pools = new Map<string, PoolState>();
  private readonly regressions = new Map<string, OnlineLogistic>();
  private readonly every: number;
  private nextLookAt = NaN;

  /**
   * @param horizonSeconds how far ahead it looks.
   * @param deployments what is known of the DAGs, for what is due.
   */
  constructor(
    private readonly horizonSeconds: number,
    private readonly deployments: () => ReadonlyMap<string, DeploymentTimes>,
  ) {
    this.every = horizonSeconds / LOOKS_PER_HORIZON;
  }

  observePool(fact: PoolFact, at: UnixSeconds): void {
    const pool = this.pool(fact.deployment, fact.pool);
    pool.slots = fact.slots;
    pool.told = fact.occupiedSlots;
    this.note(pool, at);
  }

  /** A try of the run takes slots (or gives them back, when negative). */
  occupy(run: RunTimes, deployment: string, poolId: string | null, slots: number, at: UnixSeconds): void {
    if (poolId === null) return;
    const pool = this.pool(deployment, poolId);
    const held = run.slots.get(poolId) ?? 0;
    const change = Math.max(-held, slots);
    run.slots.set(poolId, held + change);
    this.change(pool, change, at);
  }

  /** The run is over or given up: whatever it still occupies is free. */
  leave(run: RunTimes, deployment: string, at: UnixSeconds): void {
    for (const [poolId, held] of run.slots)
      if (held > 0) this.change(this.pool(deployment, poolId), -held, at);
    run.slots.clear();
  }

  /** Takes the looks that became due before `at`, and settles those whose time is over. */
  passTime(at: UnixSeconds): void {
    if (Number.isNaN(this.nextLookAt)) this.nextLookAt = Math.ceil(at / this.every) * this.every;
    const skipped = Math.floor((at - this.nextLookAt) / this.every) - MOST_LOOKS_AT_ONCE;
    if (skipped > 0) this.nextLookAt += skipped * this.every;
    while (this.nextLookAt < at) {
      this.settle(this.nextLookAt);
      for (const look of this.lookAtAll(this.nextLookAt)) look.pool.looks.push(look);
      this.nextLookAt += this.every;
    }
  }

  risks(now: UnixSeconds): PoolRisk[] {
    return this.lookAtAll(now).map(({ risk }) => risk);
  }

  private lookAtAll(at: UnixSeconds): Look[] {
    const due = new Map<string, ReadonlyMap<string, number>>();
    const looks: Look[] = [];
    for (const pool of this.pools.values()) {
      if (!(pool.slots > 0)) continue;
      let ofDeployment = due.get(pool.deployment);
      if (ofDeployment === undefined) {
        const dags = this.deployments().get(pool.deployment)?.dags.values() ?? [];
        ofDeployment = dueSlotSeconds(dags, at, this.horizonSeconds);
        due.set(pool.deployment, ofDeployment);
      }
      looks.push(this.look(pool, at, ofDeployment.get(pool.pool) ?? 0));
    }
    return looks;
  }

  private settle(now: UnixSeconds): void {
    for (const pool of this.pools.values()) {
      while (pool.looks.length > 0 && pool.looks[0]!.at + this.horizonSeconds <= now) {
        const look = pool.looks.shift()!;
        pool.count(hourOf(look.at), look.wasFull);
        // Full at once is no forecast: nothing is learnt from it.
        if (look.risk.occupiedSlots < look.risk.slots)
          this.regression(pool.deployment).observe(
            look.inputs,
            [look.wasFull ? 1 : 0],
            1 / LOOKS_PER_HORIZON,
          );
        this.listener?.(look.risk, look.at, look.wasFull);
      }
    }
  }

  private look(pool: PoolState, at: UnixSeconds, due: number): Look {
    const { deployment, slots, inUse } = pool;
    const usualRisk = pool.usualRisk(hourOf(at));
    const share = Math.min(2, inUse / slots);
    const inputs = new Float64Array(INPUTS);
    inputs[0] = 1;
    inputs[1] = logit(usualRisk);
    inputs[2] = 2 * share - 1;
    inputs[3] = Math.min(3, due / (this.horizonSeconds * slots));
    inputs[4] = slots - inUse <= 1 ? 1 : 0;
    const risk = pool.isFull
      ? 1
      : Math.min(LARGEST_RISK, sigmoid(this.regression(deployment).logOdds(inputs)));
    const dueSlots = due / this.horizonSeconds;
    const told = { deployment, pool: pool.pool, slots, occupiedSlots: inUse, dueSlots, risk, usualRisk };
    return { pool, at, inputs, risk: told, wasFull: pool.isFull };
  }

  private change(pool: PoolState, slots: number, at: UnixSeconds): void {
    pool.occupied = Math.max(0, pool.occupied + slots);
    if (!Number.isNaN(pool.told)) pool.told = Math.max(0, pool.told + slots);
    this.note(pool, at);
  }

  private note(pool: PoolState, at: UnixSeconds): void {
    if (!pool.isFull) return;
    for (const look of pool.looks) if (at <= look.at + this.horizonSeconds) look.wasFull = true;
  }

  private pool(deployment: string, name: string): PoolState {
    const key = `${deployment}\0${name}`;
    let pool = this.pools.get(key);
    if (pool === undefined) this.pools.set(key, (pool = new PoolState(deployment, name)));
    return pool;
  }

  private regression(deployment: string): OnlineLogistic {
    let regression = this.regressions.get(deployment);
    if (regression === undefined) this.regressions.set(deployment, (regression = new OnlineLogistic(PRIOR)));
    return regression;
  }
}
