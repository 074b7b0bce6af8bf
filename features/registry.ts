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
import { PLATFORM, RUN_PLATFORM, createPlatform } from './groups/platform.js';
import { RETRY, createRetry } from './groups/retry.js';
import { RUN_HISTORY, createRunHistory } from './groups/run-history.js';
import { RUN_PROGRESS, createRunProgress } from './groups/run-progress.js';
import {
  RUN_CALENDAR,
  RUN_LOAD,
  RUN_OUTAGE,
  RUN_TIMING,
  createRunCalendar,
  createRunLoad,
  createRunOutage,
  createRunTiming,
} from './groups/run-setting.js';
import { RUN_SO_FAR, createRunSoFar } from './groups/run-so-far.js';
import { RUN_TROUBLE, createRunTrouble } from './groups/run-trouble.js';
import { SAME_NAME, createSameName } from './groups/same-name.js';
import { RUN_STAGE, STAGE, createStage } from './groups/stage.js';
import { RUN_STARTING_RATE, STARTING_RATE, createStartingRate } from './groups/starting-rate.js';
import { TASK_HISTORY, createTaskHistory } from './groups/task-history.js';
import { TASK_RISK, createTaskRisk } from './groups/task-risk.js';
import { TIMING, createTiming } from './groups/timing.js';
import { RUN_UPSTREAM, UPSTREAM, createUpstream } from './groups/upstream.js';
import { WIDER_HISTORY, createWiderHistory } from './groups/wider-history.js';
import type { FeatureDefinition } from './types.js';

/** Raise it when the meaning of a feature changes and its name does not: a model must not read vectors of another meaning. */
export const SEMANTICS_VERSION = 3;

/** Factories of all groups; their order is that of the columns. */
export const GROUPS: readonly GroupFactory[] = [
  createTaskHistory,
  createOnsetHazard,
  createWiderHistory,
  createSameName,
  createDuration,
  createRunSoFar,
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
  createRunCalendar,
  createRunTiming,
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
  ...SAME_NAME,
  ...DURATION,
  ...RUN_SO_FAR,
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
  ...RUN_CALENDAR,
  ...RUN_TIMING,
  ...RUN_OUTAGE,
  ...RUN_LOAD,
  ...RUN_UPSTREAM,
  ...RUN_PLATFORM,
  ...RUN_STAGE,
  ...RUN_STARTING_RATE,
];

/** Column of a feature; throws for an unknown name, which is a mistake in the program. */
export function featureIndex(features: readonly FeatureDefinition[], name: string): number {
  const index = features.findIndex((feature) => feature.name === name);
  if (index < 0) throw new Error(`no feature is called ${name}`);
  return index;
}

/** Changes when the names, their order or their meaning change. */
export function featureSetHash(): string {
  const hash = createHash('sha256');
  hash.update(`semantics ${SEMANTICS_VERSION}\n`);
  for (const feature of TRY_FEATURES) hash.update(`try ${feature.name} ${feature.unit}\n`);
  for (const feature of DAG_RUN_FEATURES) hash.update(`dag_run ${feature.name} ${feature.unit}\n`);
  return hash.digest('hex').slice(0, 16);
}
