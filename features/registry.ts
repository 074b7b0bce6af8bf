/** All features, in the order of the columns. */
import { createHash } from 'node:crypto';
import type { GroupFactory } from './group.js';
import { CALENDAR, createCalendar } from './groups/calendar.js';
import { CHANGE, createChange } from './groups/change.js';
import { DESCRIPTION, createDescription } from './groups/description.js';
import { DURATION, createDuration } from './groups/duration.js';
import { FAILURE_KIND, createFailureKind } from './groups/failure-kind.js';
import { FAILURE_REASON, createFailureReason } from './groups/failure-reason.js';
import { INPUTS, createInputs } from './groups/inputs.js';
import { LOAD, createLoad } from './groups/load.js';
import { NEIGHBOURS, SAME_CAUSE, createNeighbours } from './groups/neighbours.js';
import { ONSET_HAZARD, createOnsetHazard } from './groups/onset-hazard.js';
import { OUTAGE, createOutage } from './groups/outage.js';
import { PLATFORM, createPlatform } from './groups/platform.js';
import { RETRY, createRetry } from './groups/retry.js';
import { RUN_HISTORY, createRunHistory } from './groups/run-history.js';
import { RUN_PROGRESS, createRunProgress } from './groups/run-progress.js';
import { RUN_LOAD, RUN_OUTAGE, createRunLoad, createRunOutage } from './groups/run-setting.js';
import { RUN_TROUBLE, createRunTrouble } from './groups/run-trouble.js';
import { RUN_STAGE, STAGE, createStage } from './groups/stage.js';
import { RUN_STARTING_RATE, STARTING_RATE, createStartingRate } from './groups/starting-rate.js';
import { TASK_HISTORY, createTaskHistory } from './groups/task-history.js';
import { TASK_RISK, createTaskRisk } from './groups/task-risk.js';
import { TIMING, createTiming } from './groups/timing.js';
import { UPSTREAM, createUpstream } from './groups/upstream.js';
import { WIDER_HISTORY, createWiderHistory } from './groups/wider-history.js';
import type { FeatureDefinition } from './types.js';

/** Raise it when the meaning of a feature changes and its name does not: a model must not read vectors of another meaning. */
export const SEMANTICS_VERSION = 4;

/** Factories of all groups; their order is that of the columns. */
export const GROUPS: readonly GroupFactory[] = [
  createTaskHistory,
  createOnsetHazard,
  createWiderHistory,
  createDuration,
  createCalendar,
  createLoad,
  createInputs,
  createTiming,
  createOutage,
  createRetry,
  createNeighbours,
  createFailureKind,
  createFailureReason,
  createDescription,
  createRunHistory,
  createTaskRisk,
  createRunProgress,
  createRunTrouble,
  createRunOutage,
  createRunLoad,
  createChange,
  createUpstream,
  createPlatform,
  createStage,
  createStartingRate,
];

/** Columns of a try's vector. */
export const TRY_FEATURES: readonly FeatureDefinition[] = [
  ...TASK_HISTORY,
  ...ONSET_HAZARD,
  ...WIDER_HISTORY,
  ...DURATION,
  ...CALENDAR,
  ...LOAD,
  ...INPUTS,
  ...TIMING,
  ...OUTAGE,
  ...RETRY,
  ...NEIGHBOURS,
  ...SAME_CAUSE,
  ...FAILURE_KIND,
  ...FAILURE_REASON,
  ...DESCRIPTION,
  ...CHANGE,
  ...UPSTREAM,
  ...PLATFORM,
  ...STAGE,
  ...STARTING_RATE,
];

/** Columns of a DAG run's vector. */
export const DAG_RUN_FEATURES: readonly FeatureDefinition[] = [
  ...RUN_HISTORY,
  ...TASK_RISK,
  ...RUN_PROGRESS,
  ...RUN_TROUBLE,
  ...RUN_OUTAGE,
  ...RUN_LOAD,
  ...RUN_STAGE,
  ...RUN_STARTING_RATE,
];

/** Column of a feature; throws for an unknown name, which is a mistake in the program. */
export function featureIndex(features: readonly FeatureDefinition[], name: string): number {
  const index = features.findIndex((feature) => feature.name === name);
  if (index < 0) throw new Error(`no feature is called ${name}`);
  return index;
}

const toldOnly = new Set(
  [...TRY_FEATURES, ...DAG_RUN_FEATURES].flatMap((feature) => (feature.isToldOnly ? [feature.name] : [])),
);

/** Whether a column, of tries or of DAG runs, is there for words and suggestions alone. */
export function isToldOnly(name: string): boolean {
  return toldOnly.has(name);
}

/** Columns that models read, by the names of all columns. */
export function modelColumns(features: readonly string[]): number[] {
  return features.flatMap((name, column) => (isToldOnly(name) ? [] : [column]));
}

/** Changes when the names, their order, their meaning or what models read of them change. */
export function featureSetHash(tryFeatures = TRY_FEATURES, dagRunFeatures = DAG_RUN_FEATURES): string {
  const hash = createHash('sha256');
  hash.update(`semantics ${SEMANTICS_VERSION}\n`);
  for (const feature of tryFeatures) hash.update(`try ${signature(feature)}\n`);
  for (const feature of dagRunFeatures) hash.update(`dag_run ${signature(feature)}\n`);
  return hash.digest('hex').slice(0, 16);
}

function signature(feature: FeatureDefinition): string {
  const { name, unit } = feature;
  return feature.isToldOnly ? `${name} ${unit} told only` : `${name} ${unit}`;
}
