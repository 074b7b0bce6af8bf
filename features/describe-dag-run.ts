/** What each group of features says of a DAG run. */
import {
  comparison,
  describeOutage,
  lowering,
  neutral,
  raising,
  ratioWords,
  recentOutcomes,
  soFar,
  time,
  type Describer,
  type Part,
  type Saying,
  type SubjectNames,
  type ReadFeature,
} from './describe-shared.js';
import { count, frequency } from './words.js';

const WINDOWS = [4, 8, 30] as const;

const runHistory: Describer = (read) => {
  const runs = read('dag_run__runs__all');
  if (!(runs > 0)) return 'no earlier run of this DAG has ended';
  const streak = read('dag_run__failure_streak__now');
  const usual = read('dag_run__failure_rate__128d');
  return [
    streak >= 5
      ? raising(true, () => `failed its last ${streak} runs, usually ${frequency(usual)}`)
      : recentOutcomes(
          ['run', 'runs'],
          runs,
          WINDOWS.map((size) => [size, read(`dag_run__failures__last_${size}`)]),
          usual,
        ),
    raising(
      streak > 0 && read('dag_run__flip_rate__32d') > 0,
      () => `its latest run failed, last success ${time(read('dag_run__since_success__now'))} ago`,
    ),
    lowering(
      streak === 0 && read('dag_run__failures__last_30') > 0,
      () => `last failure ${time(read('dag_run__since_failure__now'))} ago`,
    ),
  ];
};

const taskRisk: Describer = (read) => {
  const tasks = read('dag__tasks__now');
  const broken = read('dag__broken_tasks__count');
  if (!(tasks > 0)) return null;
  return [
    raising(broken > 0, () => `${broken} of its ${count(tasks, 'task')} failed last time`),
    lowering(broken === 0, () => `all of its ${count(tasks, 'task')} succeeded last time`),
    comparison(
      read('dag__failure_rate__2d'),
      read('dag__failure_rate__32d'),
      (now, usual) => `its tries failed ${now} in the last days, usually ${usual}`,
    ),
    neutral(true, () => `its riskiest task fails ${frequency(read('dag__task_transition__highest'))}`),
  ];
};

/** How long its latest runs took. */
function latestDurations(read: ReadFeature): readonly (Part | null)[] {
  const drift = read('dag_run__duration_drift__recent');
  const lately = ratioWords(drift);
  const took = (): string =>
    `its latest successful runs took ${lately!} ${time(read('dag_run__duration__usual'))}`;
  return [
    raising(lately !== null && drift > 0, took, 'duration'),
    neutral(lately !== null && drift < 0, took, 'duration'),
  ];
}

const progress: Describer = (read) => {
  if (read('dag_run__is_running__now') !== 1) return latestDurations(read);
  const ended = read('dag_run__ended_tries__so_far');
  const failed = read('dag_run__failed_tries__so_far');
  const exhausted = read('dag_run__exhausted_tasks__now');
  const logElapsed = read('dag_run__elapsed_ratio__now');
  const elapsed = ratioWords(logElapsed);
  return [
    raising(exhausted > 0, () => `${count(exhausted, 'task has', 'tasks have')} no try left`),
    raising(ended > 0 && failed > 0, () => soFar(failed, ended)),
    lowering(ended > 0 && failed === 0, () => soFar(failed, ended)),
    raising(
      elapsed !== null && logElapsed > 0,
      () => `runs ${elapsed!} ${time(read('dag_run__duration__usual'))}`,
    ),
    ...latestDurations(read),
  ];
};

const trouble: Describer = (read) => {
  const rate = read('dag_run__trouble_rate__now');
  const runs = Math.round(read('dag_run__trouble_runs__now'));
  if (Number.isNaN(rate) || runs === 0) return null;
  const isWorse = rate > read('dag_run__failure_rate__128d');
  const words = (): string =>
    `after such a failure its runs failed ${frequency(rate)} (${count(runs, 'run')})`;
  return [raising(isWorse, words), lowering(!isWorse, words)];
};

const load: Describer = (read) => {
  const open = read('deployment__open__now');
  const active = read('dag__active_runs__now');
  const logRatio = read('deployment__open_ratio__now');
  const ratio = ratioWords(logRatio);
  const openNow = (): string =>
    `${count(open, 'try', 'tries')} of other DAGs queued or running${ratio === null ? '' : `, ${ratio}`}`;
  return [
    raising(ratio !== null && logRatio > 0, openNow),
    lowering(ratio !== null && logRatio < 0, openNow),
    neutral(ratio === null && open >= 0, openNow),
    neutral(active > 0, () => `${count(active, 'other run')} of this DAG under way`),
  ];
};

const DESCRIBERS: Readonly<Record<string, Describer>> = {
  run_history: runHistory,
  task_risk: taskRisk,
  run_trouble: trouble,
  run_progress: progress,
  outage: describeOutage,
  load,
};

/** Groups in the order in which their words come where several are of one aspect. */
export const DAG_RUN_GROUPS = Object.keys(DESCRIBERS);

/** What a group says of a DAG run; null for a group without words. */
export function describeDagRunGroup(group: string, read: ReadFeature, names: SubjectNames): Saying {
  return DESCRIBERS[group]?.(read, names) ?? null;
}
