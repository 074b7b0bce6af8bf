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
import { count, frequency } from './words.js';

function runHistory(read: ReadFeature): string | null {
  const runs = read('dag_run__runs__all');
  if (!(runs > 0)) return 'no earlier run of this DAG has ended';
  const streak = read('dag_run__failure_streak__now');
  const usual = read('dag_run__failure_rate__128d');
  const windows = [4, 8, 30].map((size) => [size, read(`dag_run__failures__last_${size}`)] as const);
  return sentence(
    streak >= 5
      ? `failed its last ${streak} runs, usually ${frequency(usual)}`
      : recentOutcomes(['run', 'runs'], runs, windows, usual),
    streak > 0
      ? when(
          read('dag_run__flip_rate__32d') > 0,
          () => `last success ${time(read('dag_run__since_success__now'))} ago`,
        )
      : null,
  );
}

function taskRisk(read: ReadFeature): string | null {
  const tasks = read('dag__tasks__now');
  const broken = read('dag__broken_tasks__count');
  if (!(tasks > 0)) return null;
  return sentence(
    when(broken > 0, () => `${broken} of its tasks failed last time`),
    `its riskiest task fails ${frequency(read('dag__task_transition__highest'))}`,
  );
}

function progress(read: ReadFeature): string | null {
  if (read('dag_run__is_running__now') !== 1) return null;
  const ended = read('dag_run__ended_tries__so_far');
  const failed = read('dag_run__failed_tries__so_far');
  const exhausted = read('dag_run__exhausted_tasks__now');
  const elapsed = ratioWords(read('dag_run__elapsed_ratio__now'));
  return sentence(
    when(ended > 0, () => soFar(failed, ended)),
    when(exhausted > 0, () => `${count(exhausted, 'task has', 'tasks have')} no try left`),
    when(
      elapsed !== null && read('dag_run__elapsed_ratio__now') > 0,
      () => `runs ${elapsed ?? ''} ${time(read('dag_run__duration__usual'))}`,
    ),
  );
}

function calendar(read: ReadFeature): string | null {
  const hour = hourWords(read);
  return hour === null
    ? null
    : `runs begun around ${hour} fail ${frequency(read('dag_run__hour_failure_rate__128d'))}`;
}

function timing(read: ReadFeature): string | null {
  const age = read('dag__age__now');
  const change = read('dag__since_change__now');
  return sentence(
    describeGap('began', read('dag__gap__now'), read('dag__gap_ratio__now')),
    when(Math.expm1(age) < 7 * 86_400, () => `the DAG was first seen ${time(age)} ago`),
    when(Math.expm1(change) < 7 * 86_400, () => `the DAG changed or appeared ${time(change)} ago`),
    when(read('dag_run__is_manual__now') === 1, () => 'triggered by a person'),
  );
}

function load(read: ReadFeature): string | null {
  const open = read('deployment__open__now');
  const active = read('dag__active_runs__now');
  const ratio = ratioWords(read('deployment__open_ratio__now'));
  return sentence(
    when(
      open >= 0,
      () =>
        `${count(open, 'try', 'tries')} of other DAGs queued or running${ratio === null ? '' : `, ${ratio}`}`,
    ),
    when(active > 0, () => `${count(active, 'other run')} of this DAG under way`),
  );
}

const DESCRIBERS: Readonly<Record<string, (read: ReadFeature) => string | null>> = {
  run_history: runHistory,
  task_risk: taskRisk,
  run_progress: progress,
  calendar,
  timing,
  outage: describeOutage,
  load,
};

/** What a group says of a DAG run; null for a group without words. */
export function describeDagRunGroup(group: string, read: ReadFeature): string | null {
  return DESCRIBERS[group]?.(read) ?? null;
}
