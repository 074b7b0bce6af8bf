import { weekday, type SimulatedDag, type SimulatedTask } from './plan.js';
import { Random } from './random.js';

/** Why a simulated try failed; in the history only as `post_cause`. */
export const CAUSES = [
  'shared_outage',
  'bad_deploy',
  'timeout_drift',
  'pool_starvation',
  'weekday_load',
  'flaky',
] as const;
export type Cause = (typeof CAUSES)[number];

const DAY = 86_400;
const OUTAGE_BLOCK_DAYS = 12;
const DEPLOY_BLOCK_DAYS = 30;
const BACKFILL_BLOCK_DAYS = 7;
const MONDAY = 1;

interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * Everything that goes wrong is drawn for blocks of time, from the seed and the number of the block: nothing has to be kept,
 * however long the history is.
 */
function blockOf(time: number, days: number): number {
  return Math.floor(time / (days * DAY));
}

/** The outage of a system in the block of this time; every second block has one, of one to eight hours. */
function outage(seed: number, system: string, time: number): Window | null {
  const block = blockOf(time, OUTAGE_BLOCK_DAYS);
  const random = new Random(seed, 2, hashText(system), block);
  if (random.chance(0.5)) return null;
  const from = (block + random.between(0, 0.95)) * OUTAGE_BLOCK_DAYS * DAY;
  return { from, to: from + random.between(1, 8) * 3600 };
}

export function isDown(seed: number, system: string | null, time: number): boolean {
  if (system === null) return false;
  const window = outage(seed, system, time);
  return window !== null && time >= window.from && time < window.to;
}

/** By how much a backfill raises the load of a pool: most weeks have one, of 4 to 20 hours. 1 without. */
export function backfillFactor(seed: number, pool: string, time: number): number {
  const block = blockOf(time, BACKFILL_BLOCK_DAYS);
  const random = new Random(seed, 6, hashText(pool), block);
  const from = (block + random.between(0, 0.8)) * BACKFILL_BLOCK_DAYS * DAY;
  const to = from + random.between(4, 20) * 3600;
  const factor = random.between(1.2, 2.2);
  return random.chance(0.7) && time >= from && time < to ? factor : 1;
}

/** What was deployed to a DAG: the version is known to everybody, what it breaks is not. */
export interface Deployment {
  readonly version: number;
  /** Position of the task that this version breaks; -1 for none. */
  readonly brokenTask: number;
}

/** Each block of 30 days has one deployment; a third of them break one task for 6 to 72 hours, until the next version. */
export function deploymentAt(seed: number, dag: SimulatedDag, time: number): Deployment {
  const block = blockOf(time, DEPLOY_BLOCK_DAYS);
  const random = new Random(seed, 3, dag.index, block);
  const from = (block + random.between(0, 0.85)) * DEPLOY_BLOCK_DAYS * DAY;
  const isBad = random.chance(0.33);
  const fixedAt = from + random.between(6, 72) * 3600;
  const brokenTask = random.integer(0, dag.tasks.length - 1);
  const firstVersion = block * 2;
  if (time < from) return { version: firstVersion, brokenTask: -1 };
  if (!isBad || time >= fixedAt) return { version: firstVersion + 2, brokenTask: -1 };
  return { version: firstVersion + 1, brokenTask };
}

/** How much longer a drifting task takes now: it grows over 40 to 80 days to 1.2 times its timeout, then is fixed. */
export function driftFactor(seed: number, dag: SimulatedDag, position: number, time: number): number {
  const task = dag.tasks[position]!;
  if (!task.isDrifting) return 1;
  const random = new Random(seed, 4, dag.index, position);
  const cycle = random.between(40, 80) * DAY;
  const phase = ((time + random.uniform() * cycle) % cycle) / cycle;
  return Math.exp(phase * Math.log((1.2 * task.timeoutSeconds) / task.medianSeconds));
}

/** Chance that a heavy task runs out of memory: on Mondays, and more on the first Monday of a month. */
export function memoryFailureChance(task: SimulatedTask, hour: number): number {
  if (!task.isHeavy || weekday(hour) !== MONDAY) return 0;
  const dayOfMonth = new Date(hour * 3_600_000).getUTCDate();
  return dayOfMonth <= 7 ? 0.75 : 0.3;
}

function hashText(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}
