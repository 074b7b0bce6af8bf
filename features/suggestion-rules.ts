/** What may be done about risks: rules as data, each with the evidence that it needs in the vector and the aspects that must have raised the risk. */
import { failedWaiting, latestFailureClass, withLog } from './describe-record.js';
import { poolGivesNoSlot } from './describe-setting.js';
import { failsSingly } from './describe-usual.js';
import { quoted, type ReadFeature, type SubjectNames } from './describe.js';
import { count, duration, frequency, percent } from './words.js';

export interface SuggestionRule {
  readonly rule: string;
  readonly of: 'try' | 'dag_run' | 'either';
  /** One of these must be among the aspects that raised the risk most; {@link AT_ALL_TIMES} where what is usual is enough. */
  readonly aspects: readonly string[];
  readonly holds: (read: ReadFeature) => boolean;
  readonly text: (read: ReadFeature, names: SubjectNames) => string;
}

const DAY = 86_400;
/** The rule of runs in which a task has failed for good. */
export const NO_TRY_LEFT = 'no_try_left';
/** Stands for an aspect in rules about what is usual. */
export const AT_ALL_TIMES = 'at_all_times';

const CHANGES = ['dag__since_deploy__now', 'dag__since_change__now', 'task__since_change__now'] as const;
/** Seconds since the latest change that is known of; infinite without any. */
const sinceChange = (read: ReadFeature): number =>
  Math.min(...CHANGES.map((name) => Math.expm1(read(name))).map((s) => (Number.isNaN(s) ? Infinity : s)));
const changedLately = (read: ReadFeature): boolean => sinceChange(read) < 2 * DAY;
const isFailing = (read: ReadFeature): boolean => read('task__last_outcome__latest') === 1;
/** Failing, or failed lately. */
const failedLately = (read: ReadFeature): boolean => read('task__failures__last_8') > 0;
const latestFailure = (read: ReadFeature): string => `The latest failure${withLog(read)}`;
const othersBreak = (read: ReadFeature): boolean =>
  (read('elsewhere__onsets__3h') >= 2 &&
    read('elsewhere__onset_rate__3h') > 1.5 * read('elsewhere__onset_rate__2d')) ||
  read('failure_reason__same_template__3h') >= 1;
/** Tries of the pool fail more often than usual, and than elsewhere. */
const poolSuffers = (read: ReadFeature): boolean =>
  read('pool__failure_rate__2d') > 1.5 * read('pool__failure_rate__32d') &&
  read('pool__failure_rate__2d') > 1.2 * read('deployment__failure_rate__2d');
const poolOf = ({ pool }: SubjectNames): string => (pool === null ? 'the pool' : `pool ${quoted(pool)}`);
const poolIsShort = (read: ReadFeature): boolean =>
  poolGivesNoSlot(read) ||
  read('pool__occupied_share__now') >= 0.9 ||
  read('pool__open__now') > read('pool__slots__now') ||
  read('pool__queue_wait_surprise__3h') > 1;

/** A task that fails at least so often by itself. */
const OFTEN = 0.03;
/** Of so many failures the next try mostly works. */
const MOSTLY_WORKS = 0.4;
/** After so many failures in a row, one more retry is no advice. */
const TOO_MANY_IN_A_ROW = 3;
/** Fails now and then, mostly works at the next try, and no log tells a reason for which a retry would be in vain. */
const comesSingly = (read: ReadFeature): boolean =>
  read('task__failures__all') >= 3 &&
  read('task__failure_rate__128d') >= OFTEN &&
  read('task__persistence__128d') < MOSTLY_WORKS &&
  !(read('task__failure_streak__now') >= TOO_MANY_IN_A_ROW) &&
  [null, 'unknown', 'transient_infrastructure'].includes(latestFailureClass(read));

function comesSinglyText(read: ReadFeature): string {
  const retries = read('task__retries__now');
  const usual = read('task__failure_rate__128d');
  const again = read('task__persistence__128d');
  const how = failsSingly(again, usual)
    ? 'Its failures come singly'
    : 'After a failure it mostly works at the next try';
  const what =
    retries === 0
      ? 'no retry is configured: allow one or two'
      : retries > 0
        ? `${count(retries, 'retry is', 'retries are')} configured: see that they come late enough`
        : 'allow it a retry or two';
  return `${how} (it fails ${frequency(usual)}, the next try ${frequency(again)}), and ${what}.`;
}

function sharedOutageText(read: ReadFeature): string {
  const same = read('failure_reason__same_template__3h');
  const broken = Math.max(read('elsewhere__onsets__3h'), same > 0 ? same : 0);
  return `${count(broken, 'task')} of other DAGs broke in the last hours too: check the systems that they share before this one, and retry when those are well.`;
}

/** In order of precedence: specific evidence stands before general evidence. */
export const SUGGESTION_RULES: readonly SuggestionRule[] = [
  {
    rule: 'upstream_failing',
    of: 'try',
    aspects: ['upstream'],
    holds: (read) => read('run__upstream_failing__now') > 0,
    text: (read) =>
      `Look at the ${count(read('run__upstream_failing__now'), 'failing upstream task', 'failing upstream tasks')} of this run first.`,
  },
  {
    rule: 'pool_wait',
    of: 'try',
    aspects: ['record', 'capacity'],
    holds: failedWaiting,
    text: (_read, names) =>
      `The latest try waited longer than usual for a slot, and no log tells why it failed: see what crowds ${poolOf(names)}; move runs apart, or add slots if what it protects can bear more.`,
  },
  {
    rule: 'pool_full',
    of: 'try',
    aspects: ['capacity'],
    holds: poolIsShort,
    text: (_read, names) =>
      `${capitalised(poolOf(names))} is short of slots: move runs apart, or add slots if what it protects can bear more.`,
  },
  {
    rule: 'code_after_change',
    of: 'try',
    aspects: ['record', 'change', 'versions', 'code'],
    holds: (read) => failedLately(read) && latestFailureClass(read) === 'code' && changedLately(read),
    text: (read) =>
      `${latestFailure(read)} was an error in the code and the DAG changed lately: compare with the version before, roll back or fix. A retry alone will not help.`,
  },
  {
    rule: 'code',
    of: 'try',
    aspects: ['record'],
    holds: (read) => isFailing(read) && latestFailureClass(read) === 'code',
    text: (read) =>
      `${latestFailure(read)} was an error in the code: read its traceback and fix it. A retry alone will not help.`,
  },
  {
    rule: 'permission',
    of: 'try',
    aspects: ['record', 'others'],
    holds: (read) => failedLately(read) && latestFailureClass(read) === 'permission_or_configuration',
    text: (read) =>
      `${latestFailure(read)} was for want of permission or configuration: check that credentials, tokens and connections are still valid. A retry helps only after that.`,
  },
  {
    rule: 'data',
    of: 'try',
    aspects: ['record'],
    holds: (read) => failedLately(read) && latestFailureClass(read) === 'data',
    text: (read) =>
      `${latestFailure(read)} was due to the data: look at the newest input, or ask its sender. A retry on the same data will fail again.`,
  },
  {
    rule: 'resource',
    of: 'try',
    aspects: ['record', 'others', 'capacity', 'calendar'],
    holds: (read) => failedLately(read) && latestFailureClass(read) === 'resource',
    text: (read) =>
      `${latestFailure(read)} was for want of memory, disk or quota, ${count(read('deployment__open__now'), 'other try', 'other tries')} under way now: free space, or let fewer heavy tasks run at once (a pool of their own).`,
  },
  {
    rule: 'timeout',
    of: 'try',
    aspects: ['record', 'duration'],
    holds: (read) => failedLately(read) && latestFailureClass(read) === 'timeout',
    text: (read) => {
      const share = read('task__timeout_share__usual');
      const known = share > 0 ? `, and it usually takes ${percent(share)} of its timeout` : '';
      return `${latestFailure(read)} was a time-out${known}: find out what slows it down, or allow more time.`;
    },
  },
  {
    rule: 'timeout_near',
    of: 'try',
    aspects: ['duration', 'record'],
    holds: (read) => read('task__timeout_share__usual') > 0.7,
    text: (read) =>
      `It usually takes ${percent(read('task__timeout_share__usual'))} of its timeout: make it faster, or raise the timeout.`,
  },
  {
    rule: 'shared_outage',
    of: 'either',
    aspects: ['others', 'task_risk'],
    holds: (read) => othersBreak(read) && !['code', 'data'].includes(latestFailureClass(read) ?? ''),
    text: sharedOutageText,
  },
  {
    rule: 'shared_outage',
    of: 'try',
    aspects: ['record'],
    holds: (read) => othersBreak(read) && latestFailureClass(read) === 'transient_infrastructure',
    text: sharedOutageText,
  },
  {
    rule: 'infrastructure',
    of: 'try',
    aspects: ['record', 'others'],
    holds: (read) => isFailing(read) && latestFailureClass(read) === 'transient_infrastructure',
    text: (read) =>
      read('task__retries__now') === 0
        ? `${latestFailure(read)} was a fault of infrastructure, and no retry is configured: a retry after some minutes may be enough.`
        : `${latestFailure(read)} was a fault of infrastructure: a retry with a longer delay may be enough; check the service that it calls.`,
  },
  {
    rule: 'pool_suffers',
    of: 'try',
    aspects: ['capacity'],
    holds: poolSuffers,
    text: (read, names) =>
      `Tries of ${poolOf(names)} fail more often than others (${frequency(read('pool__failure_rate__2d'))} in the last days, usually ${frequency(read('pool__failure_rate__32d'))}): look at how long they wait for slots, and at what they share.`,
  },
  {
    rule: 'changed',
    of: 'try',
    aspects: ['change', 'versions', 'code'],
    holds: changedLately,
    text: (read) =>
      `The DAG changed or appeared ${duration(sinceChange(read))} ago: have a look at the change, and watch the first runs.`,
  },
  {
    rule: NO_TRY_LEFT,
    of: 'dag_run',
    aspects: ['run'],
    holds: (read) => read('dag_run__exhausted_tasks__now') > 0,
    text: (read) =>
      `${count(read('dag_run__exhausted_tasks__now'), 'task has', 'tasks have')} failed with no try left: fix the cause, then clear the failed tasks of this run.`,
  },
  {
    rule: 'long_streak',
    of: 'either',
    aspects: ['record', 'task_risk'],
    holds: (read) => read('task__failure_streak__now') >= 5 || read('dag_run__failure_streak__now') >= 5,
    text: (read) => {
      const tries = read('task__failure_streak__now');
      return tries >= 5
        ? `It failed its last ${tries} tries: it will not mend itself. Fix the task, or pause the DAG until then.`
        : `The DAG failed its last ${read('dag_run__failure_streak__now')} runs: it will not mend itself. Fix it, or pause it until then.`;
    },
  },
  {
    rule: 'comes_singly',
    of: 'try',
    aspects: [AT_ALL_TIMES],
    holds: comesSingly,
    text: comesSinglyText,
  },
];

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
