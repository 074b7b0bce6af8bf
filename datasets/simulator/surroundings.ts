import type { PoolObservation, UnixSeconds } from '../../core/facts.js';
import type { ENGINE_MEASUREMENT } from '../../core/surroundings.js';
import { deployBlock, deployTimes, heartbeatAge, settingBlock, settingChanges } from './causes.js';
import { isDue, planDag, SYSTEMS, type SimulatedDag } from './plan.js';
import { DEFAULT_START, poolLoad, poolSlots, type SimulateOptions } from './simulate.js';

/** What a collector would have learnt of the surroundings of a simulated history, each at its time. */
export type Surrounding =
  | { readonly kind: 'pool'; readonly at: UnixSeconds; readonly pool: PoolObservation }
  | {
      readonly kind: 'dag_version';
      readonly at: UnixSeconds;
      readonly dagId: string;
      readonly version: number;
    }
  | { readonly kind: 'connection_change'; readonly at: UnixSeconds }
  | {
      readonly kind: 'measurement';
      readonly at: UnixSeconds;
      readonly name: typeof ENGINE_MEASUREMENT;
      readonly value: number;
    };

const DEPLOYMENT = 'default';
const HOUR = 3600;
/** Slots per unit of a simulated pool's room, so that shares have some grain. */
const SLOTS_PER_ROOM = 8;
const MEASURED_EVERY_SECONDS = 300;

/**
 * The surroundings of `simulate({ ...options, platform: true })`: pools as they were in the hour that has just passed, versions of
 * DAGs, changes of connections, heartbeats of the scheduler. In the order of time within each kind.
 */
export function* simulateSurroundings(options: SimulateOptions): Generator<Surrounding, void, undefined> {
  const { seed, dags: count, days, start = DEFAULT_START } = options;
  const dags = Array.from({ length: count }, (_, index) => planDag(seed, index));
  const end = start + days * 24 * HOUR;
  yield* pools(seed, dags, start, end);
  for (const dag of dags) {
    for (let block = deployBlock(start) - 1; block <= deployBlock(end); block++) {
      for (const { at, version } of deployTimes(seed, dag, block))
        if (at < end) yield { kind: 'dag_version', at, dagId: dag.dagId, version };
    }
  }
  for (const system of SYSTEMS) {
    for (let block = settingBlock(start); block <= settingBlock(end); block++) {
      for (const at of settingChanges(seed, system, block))
        if (at >= start && at < end) yield { kind: 'connection_change', at };
    }
  }
  for (let at = start; at < end; at += MEASURED_EVERY_SECONDS)
    yield {
      kind: 'measurement',
      at,
      name: 'scheduler_heartbeat_age_seconds',
      value: heartbeatAge(seed, at),
    };
}

function* pools(
  seed: number,
  dags: readonly SimulatedDag[],
  start: number,
  end: number,
): Generator<Surrounding, void, undefined> {
  const room = poolSlots(dags);
  for (let hour = Math.floor(start / HOUR); hour * HOUR < end; hour++) {
    const load = poolLoad(
      seed,
      hour,
      dags.filter((dag) => isDue(dag, hour)),
      room,
    );
    for (const [pool, share] of load) {
      const slots = Math.ceil(room.get(pool)! * SLOTS_PER_ROOM);
      const wanted = Math.round(share * slots);
      const occupiedSlots = Math.min(slots, wanted);
      yield {
        kind: 'pool',
        at: (hour + 1) * HOUR,
        pool: {
          deployment: DEPLOYMENT,
          pool,
          slots,
          occupiedSlots,
          runningSlots: occupiedSlots,
          queuedSlots: wanted - occupiedSlots,
          scheduledSlots: 0,
          deferredSlots: 0,
        },
      };
    }
  }
}
