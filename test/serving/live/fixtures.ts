/** A small history in a real fact log, and a model that needs no training. */
import { writeDagRuns, writeDags, writeTasks, writeTries } from '../../../core/fact-log/write.js';
import type { Database } from '../../../core/database/port.js';
import type { DagRunObservation, TryObservation } from '../../../core/facts.js';
import { DAG_RUN_FEATURES, featureIndex, featureSetHash, TRY_FEATURES } from '../../../features/registry.js';
import type { LabelledVectors, LoadedModel, SubjectKind } from '../../../model/types.js';
import type { ModelSource } from '../../../serving/live/scorer.js';
import { dagFact, taskFact } from '../facts.js';

export const HOUR = 3600;
/** 2026-01-01T00:00:00Z */
export const START = 1_767_225_600;

export function runObservation(fields: Partial<DagRunObservation> & { runId: string }): DagRunObservation {
  return {
    deployment: 'd',
    dagId: 'etl',
    state: 'running',
    runType: 'scheduled',
    runAfter: null,
    logicalDate: null,
    queuedAt: null,
    startedAt: null,
    endedAt: null,
    ...fields,
  };
}

export function tryObservation(
  fields: Partial<TryObservation> & { runId: string; taskId: string },
): TryObservation {
  return {
    deployment: 'd',
    dagId: 'etl',
    mapIndex: -1,
    tryNumber: 1,
    state: 'queued',
    runType: 'scheduled',
    scheduledAt: null,
    queuedAt: null,
    startedAt: null,
    endedAt: null,
    operator: 'PythonOperator',
    pool: 'default_pool',
    queue: null,
    owner: null,
    hostname: null,
    extra: null,
    ...fields,
  };
}

/** Hourly runs of a DAG with one task; `failed` decides by the run's number. */
export function hourlyHistory(
  dagId: string,
  runs: number,
  failed: (run: number) => boolean,
): { dagRuns: DagRunObservation[]; tries: TryObservation[] } {
  const dagRuns: DagRunObservation[] = [];
  const tries: TryObservation[] = [];
  for (let run = 0; run < runs; run++) {
    const due = START + run * HOUR;
    const runId = `scheduled__${run}`;
    dagRuns.push(
      runObservation({
        dagId,
        runId,
        state: failed(run) ? 'failed' : 'success',
        runAfter: due,
        queuedAt: due + 1,
        startedAt: due + 2,
        endedAt: due + 200,
      }),
    );
    tries.push(
      tryObservation({
        dagId,
        runId,
        taskId: 'load',
        state: failed(run) ? 'failed' : 'success',
        queuedAt: due + 5,
        startedAt: due + 10,
        endedAt: due + 190,
      }),
    );
  }
  return { dagRuns, tries };
}

export interface History {
  readonly dagIds?: readonly string[];
  readonly dagRuns?: readonly DagRunObservation[];
  readonly tries?: readonly TryObservation[];
}

/** Writes as a backfill (visible when it happened), or as collected live at `knownAt`. */
export async function writeHistory(
  database: Database,
  history: History,
  knownAt: number | null = null,
): Promise<void> {
  const options = {
    source: 'test',
    knownAt: knownAt ?? START + 400 * 86_400,
    visibilityAssumed: knownAt === null,
  };
  await database.transaction(async (connection) => {
    const ids = history.dagIds ?? [];
    await writeDags(
      connection,
      ids.map((dagId) => dagFact(START, { dagId })),
      options,
    );
    await writeTasks(
      connection,
      ids.map((dagId) => taskFact(START, 'load', { dagId })),
      options,
    );
    await writeDagRuns(connection, history.dagRuns ?? [], options);
    await writeTries(connection, history.tries ?? [], options);
  });
}

const RATE_COLUMNS: Readonly<Record<SubjectKind, number>> = {
  try: featureIndex(TRY_FEATURES, 'task__historical_rate__30d'),
  dag_run: featureIndex(DAG_RUN_FEATURES, 'dag_run__historical_rate__30d'),
};
const WIDTHS: Readonly<Record<SubjectKind, number>> = {
  try: TRY_FEATURES.length,
  dag_run: DAG_RUN_FEATURES.length,
};

const currentFeatures = featureSetHash();

/** Answers the historical rate, and remembers what it was told. */
export class RateModel implements LoadedModel {
  readonly trainedAt = START;
  readonly observed: { kind: SubjectKind; outcomes: LabelledVectors }[] = [];
  isDisposed = false;
  explanations = 0;

  constructor(
    readonly version: string,
    readonly featureSetHash = currentFeatures,
  ) {}

  predict(kind: SubjectKind, values: Float32Array, rows: number): Promise<Float64Array> {
    const width = WIDTHS[kind];
    return Promise.resolve(
      Float64Array.from({ length: rows }, (_, row) => values[row * width + RATE_COLUMNS[kind]]!),
    );
  }

  async explain(kind: SubjectKind, values: Float32Array, rows: number) {
    this.explanations += rows;
    const risks = await this.predict(kind, values, rows);
    return Array.from(risks, (risk) => ({ risk, usualRisk: 0.1, contributions: [] }));
  }

  snapshot() {
    return { explain: this.explain.bind(this) };
  }

  observe(kind: SubjectKind, outcomes: LabelledVectors): Promise<void> {
    this.observed.push({ kind, outcomes });
    return Promise.resolve();
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

/** A registry whose champion the test chooses. */
export class ModelShelf implements ModelSource {
  readonly models = new Map<string, RateModel>();
  version: string | null = null;
  learntUntil = START;

  put(model: RateModel): RateModel {
    this.models.set(model.version, model);
    this.version = model.version;
    return model;
  }

  champion() {
    const { version, learntUntil } = this;
    return Promise.resolve(version === null ? null : { version, learntUntil });
  }

  load(version: string): Promise<LoadedModel> {
    return Promise.resolve(this.models.get(version)!);
  }
}
