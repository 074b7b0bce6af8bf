/** What a task's own past says of its next try. */
import { FAILURE_CLASSES, type FailureClass } from '../core/facts.js';
import {
  comparison,
  lowering,
  neutral,
  raising,
  recentOutcomes,
  time,
  type Describer,
  type ReadFeature,
} from './describe-shared.js';
import { failureClassFeature } from './groups/failure-reason.js';
import { count, frequency } from './words.js';

/** A class of failures as the end of a sentence that begins with "the latest failure was". */
const CLASS_WORDS: Readonly<Record<FailureClass, string>> = {
  stopped_by_person: 'a stop by a person',
  upstream: 'due to something upstream',
  resource: 'for want of memory, disk or quota',
  timeout: 'a time-out',
  permission_or_configuration: 'for want of permission or configuration',
  data: 'due to the data',
  transient_infrastructure: 'a fault of infrastructure',
  code: 'an error in the code',
  unknown: 'of an unknown kind',
};

/** What a failure of a class was, to end a sentence. */
export function classWords(failureClass: FailureClass): string {
  return CLASS_WORDS[failureClass];
}

/** Class of the latest failure, as its log told; null when none is known. */
export function latestFailureClass(read: ReadFeature): FailureClass | null {
  return FAILURE_CLASSES.find((name) => read(failureClassFeature(name)) === 1) ?? null;
}

/** Of which failure the class is known: a latest try that never started left no log. */
export function withLog(read: ReadFeature): '' | ' with a log' {
  return read('task__unstarted__latest') === 1 ? ' with a log' : '';
}

const WINDOWS = [4, 8, 30] as const;

/** Of a failure that no log explains, as of a try that never started. */
export const WAITING = 'after it waited longer than usual for a slot';
/** In standard deviations of the logarithms. */
const LONG_WAIT = 1.5;

/** Whether the latest try failed and had waited long for a slot, and no log tells why it failed: none does of a try that never started. */
export function failedWaiting(read: ReadFeature): boolean {
  if (read('task__last_outcome__latest') !== 1) return false;
  if (latestFailureClass(read) !== null && read('task__unstarted__latest') !== 1) return false;
  return read('task__queue_wait_surprise__last') > LONG_WAIT;
}

/** Outcomes of the task and of its map index. */
export const describeTaskHistory: Describer = (read) => {
  const tries = read('task__tries__all');
  if (!(tries > 0)) return 'no earlier outcome of this task is known';
  const streak = read('task__failure_streak__now');
  const failures = read('task__failures__all');
  const usual = read('task__failure_rate__128d');
  const latest = latestFailureClass(read);
  const waited = failedWaiting(read);
  const ofIndex = read('map_index__failure_rate__32d');
  const ofTask = read('task__failure_rate__32d');
  return [
    streak >= 5
      ? raising(true, () => `failed its last ${streak} tries, usually ${frequency(usual)}`)
      : recentOutcomes(
          ['try', 'tries'],
          tries,
          WINDOWS.map((size) => [size, read(`task__failures__last_${size}`)]),
          usual,
        ),
    raising(
      !waited && latest !== null && read('task__failures__last_30') > 0,
      () => `its latest failure${withLog(read)} was ${CLASS_WORDS[latest!]}`,
    ),
    raising(
      waited,
      () =>
        `its latest try failed ${WAITING}${latest === null ? '' : `, the latest failure with a log was ${CLASS_WORDS[latest]}`}`,
    ),
    Math.abs(Math.log(ofIndex / ofTask)) > 0.4
      ? comparison(ofIndex, ofTask, (here, there) => `this map index fails ${here}, the task ${there}`)
      : null,
    raising(
      streak > 0 && failures < tries,
      () => `its latest try failed, last success ${time(read('task__since_success__now'))} ago`,
    ),
    lowering(
      streak === 0 && failures > 0,
      () => `last failure ${time(read('task__since_failure__now'))} ago`,
    ),
  ];
};

/** How the task goes on after an outcome like its latest. */
export const describeOnsetHazard: Describer = (read) => {
  const usual = read('task__failure_rate__128d');
  if (read('task__last_outcome__latest') === 1)
    return [
      comparison(
        read('task__persistence__32d'),
        usual,
        (again, usually) => `after a failure it fails again ${again}, usually ${usually}`,
      ),
    ];
  return [
    comparison(
      read('task__onset_rate__32d'),
      usual,
      (onset, usually) => `after a success it fails ${onset}, usually ${usually}`,
    ),
  ];
};

/** Which try this is. */
export const describeRetry: Describer = (read) => {
  const number = read('try__number__now');
  const left = read('try__retries_left__now');
  return [
    number > 1
      ? comparison(
          read('task__attempt_failure_rate__128d'),
          read('task__failure_rate__128d'),
          (rate, usually) => `try ${number}; its retries fail ${rate}, all tries ${usually}`,
        )
      : null,
    neutral(left >= 0, () => (left === 0 ? 'no retry left' : `${count(left, 'retry', 'retries')} left`)),
  ];
};

/** Of what kind the latest failure was, where a history tells. */
export const describeFailureKind: Describer = (read) => {
  const recent = read('failure_kind__recent__12h');
  return [
    raising(recent >= 1.5, () => `${count(recent, 'failure')} of the kind of its last in the last hours`),
    comparison(
      read('failure_kind__persistence__128d'),
      read('task__failure_rate__128d'),
      (again, usually) => `failures like its last one repeat ${again}, usually it fails ${usually}`,
    ),
  ];
};

/** What the log of the latest failure told, and who else has that error. */
export const describeFailureReason: Describer = (read) => {
  const elsewhere = read('failure_reason__same_template__3h');
  const shared = read('deployment__shared_cause_share__3h');
  return [
    comparison(
      read('failure_reason__persistence__128d'),
      read('task__failure_rate__128d'),
      (again, usually) => `failures for such a reason repeat ${again}, usually it fails ${usually}`,
    ),
    raising(
      elsewhere >= 0.5,
      () => `the same error in other tasks: ${count(elsewhere, 'failure')} in the last hours`,
      'others',
    ),
    raising(
      shared >= 0.3,
      () => `infrastructure or resources made ${Math.round(shared * 100)} % of the latest failures`,
      'others',
    ),
  ];
};
