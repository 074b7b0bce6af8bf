/** Words for signs from around a task: new code, shared causes, upstream, platform. */
import { neutral, raising, time, type Describer } from './describe-shared.js';
import { count, frequency, percent } from './words.js';

/** Older changes are not worth a word. */
const RECENT_SECONDS = 14 * 86_400;
/** A surprise, in standard deviations, that is worth a word. */
const SURPRISING = 2;

function isRecent(logSeconds: number): boolean {
  return Math.expm1(logSeconds) < RECENT_SECONDS;
}

export const describeChange: Describer = (read) => {
  const since = read('dag__since_deploy__now');
  const tries = read('task__tries__since_deploy');
  const excess = read('dag__excess_failures__since_deploy');
  const schedule = read('dag__since_schedule_change__now');
  return [
    raising(isRecent(since), () => `new code of the DAG ${time(since)} ago`),
    neutral(isRecent(since) && tries === 0, () => 'not tried with it yet'),
    raising(
      isRecent(since) && tries > 0,
      () => `with it the task fails ${frequency(read('task__failure_rate__since_deploy'))}`,
    ),
    raising(
      isRecent(since) && excess >= 1,
      () => `${count(excess, 'failure')} more than usual in the DAG since`,
    ),
    raising(isRecent(schedule), () => `its schedule changed ${time(schedule)} ago`),
    neutral(read('run__is_manual__now') === 1, () => 'triggered by a person'),
    neutral(read('run__is_backfill__now') === 1, () => 'part of a backfill'),
  ];
};

export const describeSameCause: Describer = (read) => {
  const excess = read('neighbours__excess_onsets__3h');
  const ofOperator = read('operator__excess_onsets__3h');
  const inPool = read('pool__excess_onsets__3h');
  return [
    raising(
      excess >= 0.5,
      () =>
        `${count(excess, 'task')} with the same queue, owner, host or label broke beyond the usual in the last hours`,
    ),
    raising(
      ofOperator >= 0.5,
      () => `${count(ofOperator, 'task')} of the same operator broke beyond the usual in the last hours`,
    ),
    raising(
      inPool >= 0.5,
      () => `${count(inPool, 'task')} in the same pool broke beyond the usual in the last hours`,
      'capacity',
    ),
  ];
};

export const describeUpstream: Describer = (read) => {
  const failing = read('run__upstream_failing__now');
  const tries = read('upstream__try_number__highest');
  const slow = read('upstream__duration_surprise__largest');
  const broken = read('upstream__broken_share__now');
  const late = read('upstream_dag__gap_ratio__highest');
  return [
    raising(failing > 0, () => `${count(failing, 'upstream task is', 'upstream tasks are')} failing`),
    raising(broken > 0, () => `${percent(broken)} of its upstream tasks failed last time`),
    raising(tries > 1, () => `an upstream task needed ${tries} tries in this run`),
    raising(slow > SURPRISING, () => 'an upstream task took much longer than usual'),
    raising(read('upstream_dag__failed__share') > 0, () => 'a DAG that feeds this one failed last time'),
    raising(late > Math.LN2, () => 'a DAG that feeds this one is late'),
  ];
};

export const describePlatform: Describer = (read) => {
  const heartbeat = read('platform__scheduler_heartbeat_age__now');
  return [
    raising(Math.expm1(heartbeat) > 30, () => `latest heartbeat of the scheduler ${time(heartbeat)} ago`),
  ];
};
