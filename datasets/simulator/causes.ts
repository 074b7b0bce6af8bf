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

/** Causes whose signs are in the surroundings; they occur only when these are simulated too. */
export const PLATFORM_CAUSES = ['scheduler_stall', 'bad_setting'] as const;
export type PlatformCause = (typeof PLATFORM_CAUSES)[number];

/** Chance that a try of the task that a deployment breaks fails, and one that needs a system that is down. */
export const DEPLOY_FAILS = 0.95;
export const OUTAGE_FAILS = 0.92;
/** Tries that wait longer than this for a slot are failed by the scheduler. */
export const QUEUE_TIMEOUT_SECONDS = 600;

const DAY = 86_400;
const OUTAGE_BLOCK_DAYS = 12;
const DEPLOY_BLOCK_DAYS = 30;
const BACKFILL_BLOCK_DAYS = 7;
const STALL_BLOCK_DAYS = 6;
const SETTING_BLOCK_DAYS = 10;
/** How long the scheduler's heartbeats are late before tries get lost. */
const STALL_SIGN_SECONDS = 1200;
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

/** The stall of the scheduler in the block of this time: two of three blocks have one, of one to five hours. */
function stall(seed: number, time: number): Window | null {
  const block = blockOf(time, STALL_BLOCK_DAYS);
  const random = new Random(seed, 7, block);
  if (random.chance(1 / 3)) return null;
  const from = (block + random.between(0.02, 0.9)) * STALL_BLOCK_DAYS * DAY;
  return { from, to: from + random.between(1, 5) * 3600 };
}

export function isStalled(seed: number, time: number): boolean {
  const window = stall(seed, time);
  return window !== null && time >= window.from && time < window.to;
}

/** Age of the scheduler's latest heartbeat in seconds, as it would be measured: some noise, and minutes around a stall. */
export function heartbeatAge(seed: number, time: number): number {
  const random = new Random(seed, 8, Math.floor(time / 60));
  const window = stall(seed, time);
  const isLate = window !== null && time >= window.from - STALL_SIGN_SECONDS && time < window.to;
  return isLate ? random.between(40, 300) : random.between(1, 6);
}

/** A wrong connection to a system: half of the blocks have one; somebody corrects it after 2 to 24 hours. */
export function badSetting(seed: number, system: string, block: number): Window | null {
  const random = new Random(seed, 9, hashText(system), block);
  if (random.chance(0.5)) return null;
  const from = (block + random.between(0, 0.85)) * SETTING_BLOCK_DAYS * DAY;
  return { from, to: from + random.between(2, 24) * 3600 };
}

export function isSettingBad(seed: number, system: string | null, time: number): boolean {
  if (system === null) return false;
  const window = badSetting(seed, system, blockOf(time, SETTING_BLOCK_DAYS));
  return window !== null && time >= window.from && time < window.to;
}

/** When people change connections, for good or ill: bad ones, their corrections, and harmless changes. */
export function settingChanges(seed: number, system: string, block: number): number[] {
  const random = new Random(seed, 10, hashText(system), block);
  const window = badSetting(seed, system, block);
  const harmless = random.chance(0.5) ? [(block + random.uniform()) * SETTING_BLOCK_DAYS * DAY] : [];
  return [...harmless, ...(window === null ? [] : [window.from, window.to])].sort((a, b) => a - b);
}

export const settingBlock = (time: number): number => blockOf(time, SETTING_BLOCK_DAYS);

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

/** When new versions of a DAG appear in the block of this time, with their numbers. */
export function deployTimes(
  seed: number,
  dag: SimulatedDag,
  block: number,
): { readonly at: number; readonly version: number }[] {
  const { from, fixedAt, isBad } = deploys(seed, dag, block);
  const last = { at: isBad ? fixedAt : from, version: block * 2 + 2 };
  return isBad ? [{ at: from, version: block * 2 + 1 }, last] : [last];
}

export const deployBlock = (time: number): number => blockOf(time, DEPLOY_BLOCK_DAYS);

function deploys(
  seed: number,
  dag: SimulatedDag,
  block: number,
): { from: number; fixedAt: number; isBad: boolean; brokenTask: number } {
  const random = new Random(seed, 3, dag.index, block);
  const from = (block + random.between(0, 0.85)) * DEPLOY_BLOCK_DAYS * DAY;
  const isBad = random.chance(0.33);
  const fixedAt = from + random.between(6, 72) * 3600;
  return { from, fixedAt, isBad, brokenTask: random.integer(0, dag.tasks.length - 1) };
}

/** Each block of 30 days has one deployment; a third of them break one task for 6 to 72 hours, until the next version. */
export function deploymentAt(seed: number, dag: SimulatedDag, time: number): Deployment {
  const block = blockOf(time, DEPLOY_BLOCK_DAYS);
  const { from, fixedAt, isBad, brokenTask } = deploys(seed, dag, block);
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

/** Mean wait for a slot in seconds, as of a queue: short while there is room, steep as the pool fills. */
export function meanWait(load: number): number {
  return load < 0.98 ? 3 + (20 * load) / (1 - load) : 1000 * load;
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
