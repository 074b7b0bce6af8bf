/** What reasons speak of: each aspect gathers the features that a person would take for one fact. */
import type { FeatureDefinition } from './types.js';

/**
 * Aspect of each feature group; a group that is not listed is one by itself. Aspects are few because credit is shared out among them: of
 * groups that tell the same fact in several ways each would get a small part, and none would be named.
 */
const ASPECT_OF_GROUP: Readonly<Record<string, string>> = {
  task_history: 'record',
  onset_hazard: 'record',
  retry: 'record',
  run_history: 'record',
  failure_kind: 'record',
  failure_reason: 'record',
  outage: 'others',
  neighbours: 'others',
  same_cause: 'others',
  wider_history: 'others',
  description: 'change',
  load: 'capacity',
  run_progress: 'run',
  run_trouble: 'run',
};

/** The aspect that the words of a group speak of, unless they say another. */
export function aspectOfGroup(group: string): string {
  return ASPECT_OF_GROUP[group] ?? group;
}

/** Features that belong with another aspect than the rest of their group. */
const ASPECT_OF_FEATURE: Readonly<Record<string, string>> = {
  task__queue_wait_surprise__last: 'capacity',
  pool__queue_wait_surprise__3h: 'capacity',
  deployment__queue_wait_surprise__3h: 'capacity',
  dag_run__duration_surprise__last: 'duration',
  dag_run__duration_drift__recent: 'duration',
  failure_reason__same_template__3h: 'others',
  deployment__shared_cause_share__3h: 'others',
  pool__shared_cause_share__3h: 'capacity',
  pool__failure_rate__3h: 'capacity',
  pool__failure_rate__2d: 'capacity',
  pool__onset_rate__3h: 'capacity',
  pool__excess_onsets__3h: 'capacity',
};

/** Windows over which a feature changes so slowly that it tells what is usual. */
const SLOW = /__(?:usual|30d|32d|128d|all)$/;
/** Slow averages that are chosen by how things are now: the latest outcome, this attempt, this hour. */
const CHOSEN_NOW =
  /^map_index|timeout_share|transition_rate|pattern_rate|streak_rate|attempt_failure_rate|hour_failure_rate|weekday_failure_rate|^failure_kind|^failure_reason/;
/** The subject's own month counts as lately: what is usual for it are its rates over a longer time. */
const OWN_MONTH = /^(?:task|dag_run)__\w+__3[02]d$/;
/** What a subject is, rather than how it fares. */
const STANDING =
  /^(?:input__value__first|task__age__now|dag__age__now|pool__slots__now|dag__tasks__now|(?:try|dag_run)__is_planned__now|(?:task|dag_run)__starting_shift__now)$/;

/**
 * The aspect that a feature is part of; empty for one that tells what is usual for the subject, from which reasons count, and for one that
 * no model reads.
 */
export function aspectOf({ name, group, isToldOnly }: Omit<FeatureDefinition, 'unit' | 'meaning'>): string {
  if (isToldOnly) return '';
  if ((SLOW.test(name) && !CHOSEN_NOW.test(name) && !OWN_MONTH.test(name)) || STANDING.test(name)) return '';
  return ASPECT_OF_FEATURE[name] ?? aspectOfGroup(group);
}
