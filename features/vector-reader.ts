/** Reads the vectors of subjects from what was observed; changes nothing. */
import type { UnixSeconds } from '../core/facts.js';
import { DagRunReading, TryReading } from './group.js';
import type { Hooks } from './hooks.js';
import { knownValue, type KeySpace } from './keys.js';
import type { OutcomeRates } from './outcome-rates.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from './registry.js';
import type { DagRunSubject, TrySubject } from './types.js';

/** Processors give NaN different sign bits, depending on how it arose: vectors that are equal must be equal bit for bit. */
function unifyNaN(out: Float32Array, offset: number, count: number): void {
  for (let i = offset; i < offset + count; i++) {
    if (Number.isNaN(out[i]!)) out[i] = NaN;
  }
}

/** Resolves who a subject is about and lets every group write its columns. */
export class VectorReader {
  private readonly tryReading = new TryReading();
  private readonly runReading = new DagRunReading();

  constructor(
    private readonly keys: KeySpace,
    private readonly rates: OutcomeRates,
    private readonly hooks: Pick<Hooks, 'tryReaders' | 'dagRunReaders'>,
  ) {}

  tryVector(subject: TrySubject, now: UnixSeconds, out: Float32Array, offset: number): void {
    const { keys, tryReading: reading } = this;
    const deployment = keys.deployments.get(subject.deployment) ?? keys.noDeployment;
    const dag = deployment.dags.get(subject.dagId) ?? keys.noDag;
    reading.subject = subject;
    reading.now = now;
    reading.deployment = deployment;
    reading.dag = dag;
    reading.task = dag.tasks.get(subject.taskId) ?? keys.noTask;
    reading.pool = (subject.pool === null ? undefined : deployment.pools.get(subject.pool)) ?? keys.noPool;
    reading.operator = knownValue(deployment.operators, subject.operator);
    const run = subject.runId === null ? null : (dag.runs.get(subject.runId) ?? null);
    reading.run = run;
    const { stage, queuedAt, scheduledAt } = subject;
    const isDue = stage === 'planned' && scheduledAt !== null && scheduledAt > now;
    reading.moment = stage !== 'planned' && queuedAt !== null ? queuedAt : isDue ? scheduledAt : now;
    reading.self =
      run !== null && run.open > 0 && stage !== 'planned' && queuedAt !== null && queuedAt < now ? 1 : 0;
    reading.extra.look(deployment, reading.task, subject.extra);
    this.rates.loadTry(reading);
    for (const { read, column } of this.hooks.tryReaders) read(reading, out, offset + column);
    unifyNaN(out, offset, TRY_FEATURES.length);
  }

  dagRunVector(subject: DagRunSubject, now: UnixSeconds, out: Float32Array, offset: number): void {
    const { keys, runReading: reading } = this;
    const deployment = keys.deployments.get(subject.deployment) ?? keys.noDeployment;
    const dag = deployment.dags.get(subject.dagId) ?? keys.noDag;
    const run = subject.runId === null ? null : (dag.runs.get(subject.runId) ?? null);
    reading.subject = subject;
    reading.now = now;
    reading.deployment = deployment;
    reading.dag = dag;
    reading.run = run;
    this.rates.loadDagRun(reading);
    for (const { read, column } of this.hooks.dagRunReaders) read(reading, out, offset + column);
    unifyNaN(out, offset, DAG_RUN_FEATURES.length);
  }
}
