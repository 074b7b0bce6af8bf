import type { TryObservation } from '../../core/facts.js';
import {
  DEPLOY_FAILS,
  deploymentAt,
  driftFactor,
  isDown,
  meanWait,
  memoryFailureChance,
  OUTAGE_FAILS,
  QUEUE_TIMEOUT_SECONDS,
  type Cause,
} from './causes.js';
import { isDue, planDag, type SimulatedDag } from './plan.js';
import type { PoolLoad } from './simulate-run.js';
import { poolLoad, poolSlots } from './simulate.js';

/** A cause is in action where it alone would fail the try with this chance. */
const LEAST_CHANCE = 0.5;

/**
 * Tells which causes were in action at a try of `simulate({ seed, dags, ... })`: those that would each alone have failed it with a chance of
 * one half or more. A history names only the one that was first to fail it, and only by chance. Without the causes of `platform`.
 *
 * @throws RangeError for a try of another history.
 */
export function causesInAction(seed: number, count: number): (made: TryObservation) => Cause[] {
  const dags = Array.from({ length: count }, (_, index) => planDag(seed, index));
  const byId = new Map(dags.map((dag) => [dag.dagId, dag]));
  const slots = poolSlots(dags);
  const loads = new Map<number, PoolLoad>();
  const loadOf = (hour: number): PoolLoad => {
    let load = loads.get(hour);
    if (load === undefined) {
      const due = dags.filter((dag) => isDue(dag, hour));
      loads.set(hour, (load = poolLoad(seed, hour, due, slots)));
    }
    return load;
  };
  return (made) => {
    const dag = byId.get(made.dagId);
    const position = dag?.tasks.findIndex(({ taskId }) => taskId === made.taskId) ?? -1;
    if (dag === undefined || position < 0 || made.queuedAt === null)
      throw new RangeError(
        `${made.dagId}.${made.taskId} is not a try of the simulated history of seed ${seed}`,
      );
    const hour = Math.floor(Date.parse(made.runId.replace('scheduled__', '')) / 3_600_000);
    // What never got a slot would have started about when it was queued.
    const at = { queuedAt: made.queuedAt, startedAt: made.startedAt ?? made.queuedAt };
    const chances = chancesOf(seed, dag, position, { hour, load: loadOf(hour), ...at });
    return (Object.keys(chances) as Cause[]).filter((cause) => chances[cause] >= LEAST_CHANCE);
  };
}

interface Moment {
  readonly hour: number;
  readonly load: PoolLoad;
  readonly queuedAt: number;
  readonly startedAt: number;
}

/** How likely each cause alone fails a try, as `simulateRun` draws it. */
function chancesOf(
  seed: number,
  dag: SimulatedDag,
  position: number,
  { hour, load, queuedAt, startedAt }: Moment,
): Record<Cause, number> {
  const task = dag.tasks[position]!;
  const usualSeconds = task.medianSeconds * driftFactor(seed, dag, position, queuedAt);
  return {
    pool_starvation: Math.exp(-QUEUE_TIMEOUT_SECONDS / meanWait(load.get(task.pool) ?? 0)),
    bad_deploy: deploymentAt(seed, dag, startedAt).brokenTask === position ? DEPLOY_FAILS : 0,
    shared_outage: isDown(seed, task.system, startedAt) ? OUTAGE_FAILS : 0,
    weekday_load: memoryFailureChance(task, hour),
    // Half of the durations are longer than the median: only on which side of one half it lies is told.
    timeout_drift: usualSeconds > task.timeoutSeconds ? LEAST_CHANCE : 0,
    flaky: task.flakiness,
  };
}
