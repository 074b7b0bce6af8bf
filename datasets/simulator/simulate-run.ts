import type { Extra, TryObservation, TryState } from '../../core/facts.js';
import {
  DEPLOY_FAILS,
  deploymentAt,
  driftFactor,
  isDown,
  isSettingBad,
  isStalled,
  meanWait,
  memoryFailureChance,
  OUTAGE_FAILS,
  QUEUE_TIMEOUT_SECONDS,
  type Cause,
  type PlatformCause,
} from './causes.js';
import type { SimulatedDag, SimulatedTask } from './plan.js';
import { Random } from './random.js';

/** How crowded each pool is in the hour of a run: tasks that want a slot over slots. */
export type PoolLoad = ReadonlyMap<string, number>;

const WORKERS = 12;

interface RunContext {
  readonly seed: number;
  readonly dag: SimulatedDag;
  readonly hour: number;
  readonly load: PoolLoad;
  readonly runId: string;
  readonly random: Random;
  /** What the platform and its settings do to tries; null when only the causes of the tries themselves are simulated. */
  readonly platform: Random | null;
}

interface TaskOutcome {
  readonly endedAt: number;
  readonly isSuccess: boolean;
}

/** All tries of the run of `dag` that is due in `hour`, task by task; `withPlatform` adds the causes whose signs are in the surroundings. */
export function simulateRun(
  seed: number,
  dag: SimulatedDag,
  hour: number,
  load: PoolLoad,
  withPlatform = false,
): TryObservation[] {
  const dueAt = hour * 3600 + dag.minute * 60;
  const context: RunContext = {
    seed,
    dag,
    hour,
    load,
    runId: `scheduled__${new Date(dueAt * 1000).toISOString().slice(0, 19)}+00:00`,
    random: new Random(seed, 5, dag.index, hour),
    platform: withPlatform ? new Random(seed, 11, dag.index, hour) : null,
  };
  const tries: TryObservation[] = [];
  const outcomes: TaskOutcome[] = [];
  for (const [position, task] of dag.tasks.entries()) {
    const upstream = task.upstream.map((index) => outcomes[index]!);
    const readyAt = upstream.reduce(
      (latest, { endedAt }) => Math.max(latest, endedAt),
      dueAt + context.random.between(1, 5),
    );
    const isReady = upstream.every(({ isSuccess }) => isSuccess);
    outcomes.push(
      isReady
        ? simulateTask(context, position, readyAt, tries)
        : skipTask(context, task, readyAt + context.random.between(0.5, 2), tries),
    );
  }
  return tries;
}

function simulateTask(
  context: RunContext,
  position: number,
  readyAt: number,
  tries: TryObservation[],
): TaskOutcome {
  const task = context.dag.tasks[position]!;
  let endedAt = readyAt;
  let isSuccess = true;
  const instances = task.mapped === 0 ? [-1] : Array.from({ length: task.mapped }, (_, index) => index);
  for (const mapIndex of instances) {
    const last = simulateInstance(context, position, mapIndex, readyAt, tries);
    endedAt = Math.max(endedAt, last.endedAt);
    isSuccess &&= last.isSuccess;
  }
  return { endedAt, isSuccess };
}

function simulateInstance(
  context: RunContext,
  position: number,
  mapIndex: number,
  readyAt: number,
  tries: TryObservation[],
): TaskOutcome {
  const task = context.dag.tasks[position]!;
  let scheduledAt = readyAt;
  for (let tryNumber = 1; ; tryNumber++) {
    const fate = drawTry(context, position, scheduledAt);
    const { queuedAt, startedAt, endedAt, cause } = fate;
    const isLast = tryNumber > task.retries;
    const state: TryState = cause === null ? 'success' : isLast ? 'failed' : 'up_for_retry';
    const { version } = deploymentAt(context.seed, context.dag, queuedAt);
    const extra: Extra = cause === null ? { version } : { version, post_cause: cause };
    tries.push(
      observation(context, task, {
        mapIndex,
        tryNumber,
        state,
        scheduledAt,
        queuedAt,
        startedAt,
        endedAt,
        extra,
      }),
    );
    if (cause === null || isLast) return { endedAt, isSuccess: cause === null };
    scheduledAt = endedAt + task.retryDelaySeconds;
  }
}

interface Fate {
  readonly queuedAt: number;
  /** Null when it never got a slot. */
  readonly startedAt: number | null;
  readonly endedAt: number;
  readonly cause: Cause | PlatformCause | null;
}

/** Decides what happens to one try. The draws are the same whatever comes of them, so that causes do not shift each other. */
function drawTry(context: RunContext, position: number, scheduledAt: number): Fate {
  const { seed, dag, hour, load, random, platform } = context;
  const task = dag.tasks[position]!;
  const queuedAt = scheduledAt + random.between(0.2, 3);
  const wait = random.exponential(meanWait(load.get(task.pool) ?? 0));
  const duration = random.logNormal(task.medianSeconds, 0.25) * driftFactor(seed, dag, position, queuedAt);
  const isFlaky = random.chance(task.flakiness);
  const outOfMemory = random.chance(memoryFailureChance(task, hour));
  const deployFails = random.chance(DEPLOY_FAILS);
  const outageFails = random.chance(OUTAGE_FAILS);
  const part = random.between(0.02, 0.9);

  if (wait > QUEUE_TIMEOUT_SECONDS) {
    return { queuedAt, startedAt: null, endedAt: queuedAt + QUEUE_TIMEOUT_SECONDS, cause: 'pool_starvation' };
  }
  const startedAt = queuedAt + 1 + wait;
  const fail = (cause: Cause | PlatformCause, seconds: number): Fate => ({
    queuedAt,
    startedAt,
    endedAt: startedAt + seconds,
    cause,
  });
  if (platform !== null) {
    const isLost = platform.chance(0.35);
    const isRefused = platform.chance(0.9);
    if (isStalled(seed, startedAt) && isLost) return fail('scheduler_stall', 200 + 300 * part);
    if (isSettingBad(seed, task.system, startedAt) && isRefused) return fail('bad_setting', 1 + 5 * part);
  }
  if (deploymentAt(seed, dag, startedAt).brokenTask === position && deployFails)
    return fail('bad_deploy', 2 + 5 * part);
  if (isDown(seed, task.system, startedAt) && outageFails) return fail('shared_outage', 30 + 30 * part);
  if (outOfMemory) return fail('weekday_load', Math.min(duration, task.timeoutSeconds) * part);
  if (duration > task.timeoutSeconds) return fail('timeout_drift', task.timeoutSeconds);
  if (isFlaky) return fail('flaky', duration * part);
  return { queuedAt, startedAt, endedAt: startedAt + duration, cause: null };
}

function skipTask(
  context: RunContext,
  task: SimulatedTask,
  at: number,
  tries: TryObservation[],
): TaskOutcome {
  const { version } = deploymentAt(context.seed, context.dag, at);
  tries.push(
    observation(context, task, {
      mapIndex: -1,
      tryNumber: 1,
      state: 'upstream_failed',
      scheduledAt: null,
      queuedAt: null,
      startedAt: at,
      endedAt: at,
      extra: { version },
    }),
  );
  return { endedAt: at, isSuccess: false };
}

type TryPart = Pick<
  TryObservation,
  'mapIndex' | 'tryNumber' | 'state' | 'scheduledAt' | 'queuedAt' | 'startedAt' | 'endedAt' | 'extra'
>;

function observation({ dag, runId, random }: RunContext, task: SimulatedTask, part: TryPart): TryObservation {
  const worker = random.integer(1, WORKERS);
  return {
    deployment: 'default',
    dagId: dag.dagId,
    runId,
    taskId: task.taskId,
    ...part,
    scheduledAt: toMilliseconds(part.scheduledAt),
    queuedAt: toMilliseconds(part.queuedAt),
    startedAt: toMilliseconds(part.startedAt),
    endedAt: toMilliseconds(part.endedAt),
    runType: 'scheduled',
    operator: task.operator,
    pool: task.pool,
    queue: dag.queue,
    owner: dag.owner,
    hostname: part.startedAt === null || part.queuedAt === null ? null : `worker-${worker}`,
  };
}

function toMilliseconds(time: number | null): number | null {
  return time === null ? null : Math.round(time * 1000) / 1000;
}
