import {
  describeGap,
  describeOutage,
  hourWords,
  ratioWords,
  recentOutcomes,
  sentence,
  soFar,
  time,
  when,
  type ReadFeature,
} from './describe-shared.js';
import { compared, count, frequency, percent } from './words.js';

function taskHistory(read: ReadFeature): string | null {
  const tries = read('task__tries__all');
  if (!(tries > 0)) return 'no earlier outcome of this task is known';
  const streak = read('task__failure_streak__now');
  const usual = read('task__failure_rate__128d');
  const windows = [4, 8, 30].map((size) => [size, read(`task__failures__last_${size}`)] as const);
  return sentence(
    streak >= 5
      ? `failed its last ${streak} tries, usually ${frequency(usual)}`
      : recentOutcomes(['try', 'tries'], tries, windows, usual),
    streak > 0
      ? when(
          read('task__failures__all') < tries,
          () => `last success ${time(read('task__since_success__now'))} ago`,
        )
      : when(
          read('task__failures__all') > 0,
          () => `last failure ${time(read('task__since_failure__now'))} ago`,
        ),
  );
}

function onsetHazard(read: ReadFeature): string | null {
  const isFailing = read('task__last_outcome__latest') === 1;
  return isFailing
    ? `after a failure it fails again ${frequency(read('task__persistence__32d'))}, in this DAG ${frequency(read('dag__persistence__32d'))}`
    : `after a success it fails ${frequency(read('task__onset_rate__32d'))}, in this DAG ${frequency(read('dag__onset_rate__32d'))}`;
}

function widerHistory(read: ReadFeature): string | null {
  const parts = ['dag', 'operator', 'pool', 'deployment'].map((entity) => {
    const now = read(`${entity}__failure_rate__2d`);
    const usual = read(`${entity}__failure_rate__32d`);
    return { entity, now, usual, change: Math.abs(Math.log(now / usual)) };
  });
  const [most] = parts.filter((part) => part.change > 0.1).sort((a, b) => b.change - a.change);
  if (most === undefined)
    return `tries of this DAG fail ${frequency(read('dag__failure_rate__32d'))}, as usual`;
  const name = most.entity === 'dag' ? 'DAG' : most.entity;
  return `tries of this ${name} failed ${compared(most.now, 'in the last days', most.usual)}`;
}

function sameName(read: ReadFeature): string | null {
  if (!(read('same_name__tries__32d') >= 1)) return null;
  const broken = read('same_name__broken_share__now');
  return sentence(
    `the same task fails ${frequency(read('same_name__failure_rate__32d'))} in other DAGs`,
    when(broken > 0, () => `it is failing in ${percent(broken)} of them now`),
  );
}

function durationOf(read: ReadFeature): string | null {
  const usual = read('task__duration__usual');
  const last = ratioWords(read('task__duration_ratio__last'));
  const wait = read('task__queue_wait_surprise__last');
  const timeout = read('task__timeout_share__usual');
  return sentence(
    last === null
      ? when(!Number.isNaN(usual), () => `takes ${time(usual)}, as usual`)
      : `its last success took ${last} ${time(usual)}`,
    when(wait > 2, () => 'it waited longer than usual for a slot'),
    when(timeout > 0.5, () => `it usually takes ${percent(timeout)} of its timeout`),
  );
}

function runSoFar(read: ReadFeature): string | null {
  const ended = read('run__ended__so_far');
  const failed = read('run__failed__so_far');
  const upstream = read('run__upstream_failing__now');
  return sentence(
    when(ended > 0, () => `in this run ${soFar(failed, ended)}`),
    when(upstream > 0, () => `${count(upstream, 'upstream task is', 'upstream tasks are')} failing`),
    when(ended === 0, () => 'nothing has ended in this run yet'),
  );
}

function calendar(read: ReadFeature): string | null {
  const hour = hourWords(read);
  if (hour === null) return null;
  return `around ${hour} this DAG's tries fail ${frequency(read('dag__hour_failure_rate__128d'))}`;
}

function load(read: ReadFeature): string | null {
  const slots = read('pool__slots__now');
  const busy = Math.round(read('pool__occupied_share__now') * slots);
  const open = read('deployment__open__now');
  const ratio = ratioWords(read('deployment__open_ratio__now'));
  return sentence(
    when(slots > 0 && busy >= 0, () => `${busy} of ${count(slots, 'slot')} of its pool busy`),
    when(
      open >= 0,
      () =>
        `${count(open, 'other try', 'other tries')} queued or running${ratio === null ? '' : `, ${ratio}`}`,
    ),
  );
}

function inputs(read: ReadFeature): string | null {
  const input = ratioWords(read('input__ratio__largest'));
  const result = read('result__surprise__largest');
  return sentence(
    when(input !== null, () => `a number that came with it is ${input ?? ''}`),
    when(
      Math.abs(result) > 2,
      () => `a number from its last try was unusually ${result > 0 ? 'high' : 'low'}`,
    ),
  );
}

function timing(read: ReadFeature): string | null {
  const age = read('task__age__now');
  return sentence(
    describeGap('queued', read('task__gap__now'), read('task__gap_ratio__now')),
    when(Math.expm1(age) < 7 * 86_400, () => `first seen ${time(age)} ago`),
  );
}

function retry(read: ReadFeature): string | null {
  const number = read('try__number__now');
  const left = read('try__retries_left__now');
  const rate = frequency(read('task__attempt_failure_rate__128d'));
  const kind = number > 1 ? 'retries' : 'first tries';
  return sentence(
    when(number >= 1, () => `try ${number}; its ${kind} fail ${rate}`),
    when(left >= 0, () => (left === 0 ? 'no retry left' : `${count(left, 'retry', 'retries')} left`)),
  );
}

function neighbours(read: ReadFeature): string | null {
  const now = read('neighbours__failure_rate__2d');
  const usual = read('neighbours__failure_rate__32d');
  const host = read('host__failure_rate__12h');
  return sentence(
    when(
      !Number.isNaN(now),
      () => `tries with the same queue, owner or label failed ${compared(now, 'lately', usual)}`,
    ),
    when(!Number.isNaN(host), () => `tries on its last host failed ${frequency(host)} lately`),
  );
}

function failureKind(read: ReadFeature): string | null {
  const again = read('failure_kind__persistence__128d');
  const recent = read('failure_kind__recent__12h');
  return sentence(
    when(!Number.isNaN(again), () => `failures like its last one repeat ${frequency(again)}`),
    when(recent >= 1.5, () => `${count(recent, 'failure')} of that kind in the last hours`),
  );
}

function failureReason(read: ReadFeature): string | null {
  const again = read('failure_reason__persistence__128d');
  const elsewhere = read('failure_reason__same_template__3h');
  const shared = read('deployment__shared_cause_share__3h');
  return sentence(
    when(!Number.isNaN(again), () => `failures for such a reason repeat ${frequency(again)}`),
    when(
      elsewhere >= 0.5,
      () => `the same error in other tasks: ${count(elsewhere, 'failure')} in the last hours`,
    ),
    when(
      shared >= 0.3,
      () => `${percent(shared)} of the latest failures were due to infrastructure or resources`,
    ),
  );
}

function description(read: ReadFeature): string | null {
  const task = read('task__since_change__now');
  const dag = read('dag__since_change__now');
  const retries = read('task__retries__now');
  return sentence(
    when(Math.expm1(task) < 7 * 86_400, () => `the task changed or appeared ${time(task)} ago`),
    when(Math.expm1(dag) < 7 * 86_400, () => `the DAG changed or appeared ${time(dag)} ago`),
    when(retries === 0, () => 'no retries configured'),
  );
}

const DESCRIBERS: Readonly<Record<string, (read: ReadFeature) => string | null>> = {
  task_history: taskHistory,
  onset_hazard: onsetHazard,
  wider_history: widerHistory,
  same_name: sameName,
  duration: durationOf,
  run_so_far: runSoFar,
  calendar,
  load,
  inputs,
  timing,
  outage: describeOutage,
  retry,
  neighbours,
  failure_kind: failureKind,
  failure_reason: failureReason,
  description,
};

/** What a group says of a try; null for a group without words. */
export function describeTryGroup(group: string, read: ReadFeature): string | null {
  return DESCRIBERS[group]?.(read) ?? null;
}
