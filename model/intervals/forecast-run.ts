/**
 * When a DAG run ends: the tasks are played through in the order of their dependencies, in 128 stratified samples at once. In
 * each, a task begins a drawn wait after the last of those that it waits for has ended, and takes a drawn time; what has ended
 * is known, and of what waits or runs only the time left is drawn, given how long it does already. The run ends with its
 * last task: the critical path of each sample.
 */
import type { UnixSeconds } from '../../core/facts.js';
import type { DagTimes, PlacedTask } from './dag-times.js';
import type { CommonTimes, DeploymentTimes } from './deployment-times.js';
import { poolMoments, type LogNormal } from './log-moments.js';
import { Residual } from './residual.js';
import type { RunTimes, TaskTimes } from './run-times.js';
import { LEVELS, permutation, SAMPLES } from './sampling.js';
import { MOST_TASKS, orderTasks } from './task-order.js';
import type { ValueStore } from './value-store.js';

const DURATION = 0;
const WAIT = 37;
const NOISE = 101;
const LUCK = 173;
const CLOSING = 11;
const DELAY = 19;
const WHOLE = 29;

const IDLE = 1;
const FAILED = 2;

/** Samples of the end of a run. The arrays are overwritten by the next forecast. */
export interface RunSamples {
  /** By its tasks; null where there are none, or too many. */
  readonly played: PlayedSamples | null;
  /** By the durations of earlier runs. */
  readonly whole: Float64Array;
}

export interface PlayedSamples {
  readonly ends: Float64Array;
  /** 1 where a task fails. */
  readonly failed: Uint8Array;
}

/** Holds the space in which forecasts are worked out. */
export class RunForecaster {
  private readonly ends: Float64Array[] = [];
  private readonly fates: Uint8Array[] = [];
  private readonly drawn = new Float64Array(SAMPLES);
  private readonly ready = new Float64Array(SAMPLES);
  private readonly blocked = new Uint8Array(SAMPLES);
  private readonly began = new Float64Array(SAMPLES);
  private readonly residual = new Residual();
  private readonly played = { ends: new Float64Array(SAMPLES), failed: new Uint8Array(SAMPLES) };
  private readonly whole = new Float64Array(SAMPLES);

  /** @param run null for one that is not created yet and due at `dueAt`. */
  forecast(
    deployment: DeploymentTimes,
    dag: DagTimes,
    run: RunTimes | null,
    dueAt: UnixSeconds,
    now: UnixSeconds,
  ): RunSamples {
    if (run === null) {
      this.sample(dag.store, dag.delays, deployment.delays, DELAY);
      this.draw(DELAY, dueAt, now, this.began);
    } else this.began.fill(run.beganAt);
    // Before a run is created, nothing of it can be overdue.
    const since = run === null ? -Infinity : now;
    this.forecastWhole(deployment, dag, since);
    const tasks = orderTasks(dag);
    if (tasks.length === 0 || tasks.length > MOST_TASKS) return { played: null, whole: this.whole };
    this.forecastTasks(deployment, dag, tasks, run, since);
    return { played: this.played, whole: this.whole };
  }

  private forecastWhole(deployment: DeploymentTimes, dag: DagTimes, since: UnixSeconds): void {
    this.sample(dag.store, dag.durations, deployment.runs, WHOLE);
    this.drawAfter(WHOLE, this.began, since, this.whole);
  }

  private forecastTasks(
    deployment: DeploymentTimes,
    dag: DagTimes,
    tasks: readonly PlacedTask[],
    run: RunTimes | null,
    since: UnixSeconds,
  ): void {
    const { ends, failed } = this.played;
    ends.set(this.began);
    failed.fill(0);
    for (let place = 0; place < tasks.length; place++) {
      const { taskId, profile, upstream } = tasks[place]!;
      const end = (this.ends[place] ??= new Float64Array(SAMPLES));
      const fate = (this.fates[place] ??= new Uint8Array(SAMPLES));
      const known = run?.tasks.get(taskId);
      if (known?.isDone === true) {
        end.fill(known.endedAt);
        fate.fill(known.failed ? FAILED : Number.isNaN(known.startedAt) ? IDLE : 0);
      } else {
        this.gather(upstream, profile.needsUpstream);
        this.playTask(deployment, dag, tasks[place]!, known, since, end, fate);
      }
      for (let s = 0; s < SAMPLES; s++) {
        if (end[s]! > ends[s]!) ends[s] = end[s]!;
        if (fate[s] === FAILED) failed[s] = 1;
      }
    }
    this.ready.set(ends);
    this.sample(dag.store, dag.closings, deployment.closings, CLOSING);
    this.drawAfter(CLOSING, this.ready, since, ends);
  }

  /** When everything before a task has ended, and whether that keeps it from running. */
  private gather(upstream: readonly number[], needsUpstream: boolean): void {
    const { ready, blocked } = this;
    ready.set(this.began);
    blocked.fill(0);
    for (const place of upstream) {
      const end = this.ends[place]!;
      const fate = this.fates[place]!;
      for (let s = 0; s < SAMPLES; s++) {
        if (end[s]! > ready[s]!) ready[s] = end[s]!;
        if (needsUpstream) blocked[s] = Math.max(blocked[s]!, fate[s]!);
      }
    }
  }

  private playTask(
    deployment: DeploymentTimes,
    dag: DagTimes,
    { profile }: PlacedTask,
    known: TaskTimes | undefined,
    now: UnixSeconds,
    end: Float64Array,
    fate: Uint8Array,
  ): void {
    const { ready, blocked } = this;
    const isRunning = known !== undefined && !Number.isNaN(known.startedAt);
    const isCertain = known !== undefined && (known.open > 0 || known.waits);
    const duration = (): LogNormal => deployment.durationPrior(dag, profile);
    if (isRunning) {
      this.sample(dag.store, profile.durations, deployment.durations, profile.key + DURATION, duration);
      this.draw(profile.key + DURATION, known.startedAt, now, end);
    } else {
      this.sample(dag.store, profile.waits, deployment.waits, profile.key + WAIT);
      this.drawAfter(profile.key + WAIT, ready, now, end);
      this.sample(dag.store, profile.durations, deployment.durations, profile.key + DURATION, duration);
      for (let s = 0; s < SAMPLES; s++) end[s] = end[s]! + this.drawn[s]!;
    }
    const luck = permutation(profile.key + LUCK);
    const idleShare = isCertain ? 0 : profile.idleShare;
    const failedShare = profile.failedShare;
    for (let s = 0; s < SAMPLES; s++) {
      const isBlocked = !isCertain && blocked[s] !== 0;
      const level = LEVELS[luck[s]!]!;
      if (isBlocked || level > 1 - idleShare) {
        end[s] = ready[s]!;
        fate[s] = isBlocked ? blocked[s]! : IDLE;
      } else fate[s] = level < failedShare ? FAILED : 0;
    }
  }

  /** Draws times of a window at the level of now, or as of its kind where the window is empty. */
  private sample(
    store: ValueStore,
    window: number,
    { moments, level }: CommonTimes,
    key: number,
    prior = (): LogNormal => poolMoments([moments]),
  ): void {
    const order = permutation(key);
    store.sample(window, level.value, prior, order, permutation(key + NOISE), this.drawn);
  }

  /** Moments the sampled time after one moment, given that they lie after `now`. */
  private draw(key: number, from: UnixSeconds, now: UnixSeconds, out: Float64Array): void {
    const elapsed = now - from;
    if (elapsed > 0) {
      this.residual.load(this.drawn);
      const order = permutation(key);
      for (let s = 0; s < SAMPLES; s++) out[s] = from + this.residual.total(elapsed, order[s]!);
    } else for (let s = 0; s < SAMPLES; s++) out[s] = from + this.drawn[s]!;
  }

  /** The same after a moment of each sample. */
  private drawAfter(key: number, from: Float64Array, now: UnixSeconds, out: Float64Array): void {
    const order = permutation(key);
    let isLoaded = false;
    for (let s = 0; s < SAMPLES; s++) {
      const start = from[s]!;
      if (start < now && !isLoaded) {
        this.residual.load(this.drawn);
        isLoaded = true;
      }
      out[s] = start + (start < now ? this.residual.total(now - start, order[s]!) : this.drawn[s]!);
    }
  }
}
