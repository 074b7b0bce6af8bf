/** The hooks of all feature groups, by kind. */
import type { FeatureGroup } from './group.js';

type Hook<K extends keyof FeatureGroup> = NonNullable<FeatureGroup[K]>;

/** The hooks of all groups by kind: a list of functions is much quicker to run through than groups of different shapes. */
export interface Hooks {
  readonly tryQueued: readonly Hook<'tryQueued'>[];
  readonly tryStarted: readonly Hook<'tryStarted'>[];
  readonly tryEnded: readonly Hook<'tryEnded'>[];
  readonly failureExplained: readonly Hook<'failureExplained'>[];
  readonly dagDeployed: readonly Hook<'dagDeployed'>[];
  readonly platformMeasured: readonly Hook<'platformMeasured'>[];
  readonly dagRunBegan: readonly Hook<'dagRunBegan'>[];
  readonly dagRunEnded: readonly Hook<'dagRunEnded'>[];
  readonly tryReaders: readonly { readonly read: Hook<'readTry'>; readonly column: number }[];
  readonly dagRunReaders: readonly { readonly read: Hook<'readDagRun'>; readonly column: number }[];
}

/** With the columns that each reader writes to. */
export function collectHooks(groups: readonly FeatureGroup[]): Hooks {
  let tryColumn = 0;
  let dagRunColumn = 0;
  const tryReaders = [];
  const dagRunReaders = [];
  for (const { tryFeatures, readTry, dagRunFeatures, readDagRun } of groups) {
    if (readTry !== undefined) tryReaders.push({ read: readTry, column: tryColumn });
    if (readDagRun !== undefined) dagRunReaders.push({ read: readDagRun, column: dagRunColumn });
    tryColumn += tryFeatures?.length ?? 0;
    dagRunColumn += dagRunFeatures?.length ?? 0;
  }
  return {
    tryQueued: groups.flatMap((group) => group.tryQueued ?? []),
    tryStarted: groups.flatMap((group) => group.tryStarted ?? []),
    tryEnded: groups.flatMap((group) => group.tryEnded ?? []),
    failureExplained: groups.flatMap((group) => group.failureExplained ?? []),
    dagDeployed: groups.flatMap((group) => group.dagDeployed ?? []),
    platformMeasured: groups.flatMap((group) => group.platformMeasured ?? []),
    dagRunBegan: groups.flatMap((group) => group.dagRunBegan ?? []),
    dagRunEnded: groups.flatMap((group) => group.dagRunEnded ?? []),
    tryReaders,
    dagRunReaders,
  };
}
