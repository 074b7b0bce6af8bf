/** Runs of small DAGs as facts, and folds over them. */
import type { AnyFact } from '../../../core/fact-log/read.js';
import type { UnixSeconds } from '../../../core/facts.js';
import { EventQueue } from '../../../features/expand.js';
import type { DagRunSubject } from '../../../features/types.js';
import { TimingFold, type TimingOptions } from '../../../model/intervals/timing-fold.js';
import { dagRunFact, inOrder, START, tryFact } from '../../features/support.js';

export const HOUR = 3600;

/** The fold after everything that is visible before a time. */
export function foldAt(
  facts: readonly AnyFact[],
  until: UnixSeconds,
  options: TimingOptions = {},
): TimingFold {
  const fold = new TimingFold(options);
  const queue = new EventQueue();
  for (const fact of inOrder(facts)) queue.push(fact);
  for (let event = queue.popBefore(until); event !== undefined; event = queue.popBefore(until))
    fold.observe(event);
  fold.passTime(until);
  return fold;
}

/** How long each task of a run takes, in the order in which they run, one after the other. */
export type Chain = Readonly<Record<string, number>>;

export interface RunSketch {
  readonly runId: string;
  readonly at: UnixSeconds;
  readonly tasks: Chain;
  /** Facts of what happens later are left out. */
  readonly until?: UnixSeconds;
}

/** A run of tasks one after the other, with 5 s between them, as a history file tells it. */
export function chainRun({ runId, at, tasks, until = Infinity }: RunSketch): AnyFact[] {
  const facts: AnyFact[] = [];
  let moment = at;
  for (const [taskId, seconds] of Object.entries(tasks)) {
    const queuedAt = moment + 2;
    const startedAt = moment + 5;
    moment = startedAt + seconds;
    if (queuedAt >= until) continue;
    const isRunning = startedAt < until;
    const isOver = moment < until;
    facts.push(
      tryFact({
        runId,
        taskId,
        state: isOver ? 'success' : isRunning ? 'running' : 'queued',
        queuedAt,
        startedAt: isRunning ? startedAt : null,
        endedAt: isOver ? moment : null,
      }),
    );
  }
  const isOver = moment + 1 < until;
  facts.push(
    dagRunFact({
      runId,
      state: isOver ? 'success' : 'running',
      runAfter: at,
      queuedAt: at,
      startedAt: at + 1,
      endedAt: isOver ? moment + 1 : null,
    }),
  );
  return facts;
}

/** So many hourly runs, each a little different from the one before. */
export function hourlyRuns(count: number, tasks: Chain): AnyFact[] {
  return Array.from({ length: count }, (_, run) =>
    chainRun({
      runId: `run ${run}`,
      at: START + run * HOUR,
      tasks: Object.fromEntries(
        Object.entries(tasks).map(([taskId, seconds], k) => [
          taskId,
          seconds * (1 + (((run * 7 + k * 3) % 11) - 5) / 40),
        ]),
      ),
    }),
  ).flat();
}

export function subject(changes: Partial<DagRunSubject> = {}): DagRunSubject {
  return {
    kind: 'dag_run',
    stage: 'running',
    deployment: 'default',
    dagId: 'dag',
    runId: 'run',
    runType: 'scheduled',
    runAfter: null,
    queuedAt: null,
    startedAt: START,
    ...changes,
  };
}

/** Of one DAG, one after the other, and their usual seconds. */
export const TASKS = { extract: 100, load: 300, report: 50 };
export const RUNS = 40;
/** When the run after those of {@link history} is due. */
export const NOW = START + RUNS * HOUR;
export const history = hourlyRuns(RUNS, TASKS);
/** Ten minutes after the run was due. */
export const deadline = {
  deployment: null,
  dag_id: '*',
  minutes_after_due: 10,
  at: null,
  time_zone: 'UTC',
};

/** A run that is going on, as it is known `elapsed` seconds after it was due. */
export function during(elapsed: number, tasks: Record<string, number> = TASKS): AnyFact[] {
  return [...history, ...chainRun({ runId: 'run', at: NOW, tasks, until: NOW + elapsed })];
}
