/** Facts of what surrounds the runs, for the feature tests. */
import type { AnyFact } from '../../core/fact-log/read.js';
import type { PoolFact, TryObservation } from '../../core/facts.js';
import type { DagDependencyFact, DagVersionFact, PlatformFact } from '../../core/surroundings.js';
import { atOnce } from './fact-times.js';

type Told<T> = Partial<T> & { readonly eventTime: number };

export function dagVersionFact(changes: Told<DagVersionFact>): { kind: 'dag_version'; fact: DagVersionFact } {
  const fact = { deployment: 'default', dagId: 'dag', versionNumber: 1, ...atOnce(changes), ...changes };
  return { kind: 'dag_version', fact };
}

export function dependencyFact(changes: Told<DagDependencyFact>): {
  kind: 'dag_dependency';
  fact: DagDependencyFact;
} {
  const between = {
    fromDagId: 'feed',
    toDagId: 'dag',
    kind: 'asset',
    via: 's3://lake',
    isActive: true,
  } as const;
  return {
    kind: 'dag_dependency',
    fact: { deployment: 'default', ...between, ...atOnce(changes), ...changes },
  };
}

export function platformFact(changes: Told<PlatformFact>): { kind: 'platform'; fact: PlatformFact } {
  const measured = { deployment: 'default', name: 'scheduler_heartbeat_age_seconds', value: 2 } as const;
  return { kind: 'platform', fact: { ...measured, ...atOnce(changes), ...changes } };
}

export function poolFact(changes: Told<PoolFact>): { kind: 'pool'; fact: PoolFact } {
  const free = { occupiedSlots: 0, runningSlots: 0, queuedSlots: 0, scheduledSlots: 0, deferredSlots: 0 };
  const pool = { deployment: 'default', pool: 'etl', slots: 10, ...free };
  return { kind: 'pool', fact: { ...pool, ...atOnce(changes), ...changes } };
}

/** Something of every kind that surrounds runs, told around a try. */
export function surroundingsOf({ deployment, dagId, queuedAt }: TryObservation, mark: number): AnyFact[] {
  const eventTime = (queuedAt ?? 0) + (mark % 3) - 1;
  const isOdd = mark % 2 === 1;
  const told: AnyFact[] = [
    dagVersionFact({ deployment, dagId, versionNumber: mark % 9, eventTime }),
    dependencyFact({ deployment, fromDagId: 'a', toDagId: 'b', isActive: isOdd, eventTime }),
    platformFact({ deployment, value: mark, eventTime }),
    poolFact({ deployment, occupiedSlots: mark % 11, eventTime }),
  ];
  return [told[mark % told.length]!];
}
