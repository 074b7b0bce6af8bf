import { describe, expect, it } from 'vitest';
import type { AnyFact } from '../../../core/fact-log/read.js';
import type { TryState } from '../../../core/facts.js';
import { aspectOf } from '../../../features/aspects.js';
import { DAG_RUN_FEATURES } from '../../../features/registry.js';
import { replayTries } from '../../../features/replay.js';
import { NetworkModel } from '../../../model/network/network-model.js';
import { runInWorker } from '../../../model/training/run-in-worker.js';
import { unpackSubjectModel } from '../../../model/training/subject-model.js';
import { batches, dagRunFact, dagRunSubject, engineAt, MINUTE } from '../../features/support.js';
import {
  firstTries,
  HARMLESS_DAGS,
  HISTORY_END,
  slowTry,
  SURE_DAG,
  troubledHistory,
  type TroubledOptions,
} from './troubled-history.js';

async function trainedOnRuns(history: readonly AnyFact[]): Promise<NetworkModel> {
  const { dagRuns } = await replayTries(batches(history));
  const groups = DAG_RUN_FEATURES.map(aspectOf);
  const { saved } = await runInWorker(
    { job: 'fit', kind: 'dag_run', vectors: dagRuns, groups, seed: 1 },
    { onProgress: () => undefined, signal: new AbortController().signal },
  );
  return new NetworkModel(unpackSubjectModel(Buffer.from(saved)).fitted);
}

/** Risks of a running run before its first task ends, and a minute after each of its tries ended as told. */
async function risksWithin(
  model: NetworkModel,
  history: readonly AnyFact[],
  dagId: string,
  states: readonly TryState[],
  { isParallel }: TroubledOptions,
): Promise<number[]> {
  const at = HISTORY_END + 10 * MINUTE;
  const run = { dagId, runId: 'live', at };
  const begun = { dagId, runId: 'live', queuedAt: at, startedAt: at + 1 };
  const width = DAG_RUN_FEATURES.length;
  const vectors = new Float32Array((states.length + 1) * width);
  for (let ended = 0; ended <= states.length; ended++) {
    const now = at + MINUTE + (ended === 0 ? 0 : (ended - 1) * 5 * MINUTE + 2 * MINUTE);
    const facts = [
      ...history,
      dagRunFact({ ...begun, endedAt: null, state: 'running' }),
      ...(isParallel ? [slowTry(run, null)] : []),
      ...firstTries(run, states.slice(0, ended)),
    ];
    const subject = dagRunSubject({ ...begun, stage: 'running' });
    engineAt(facts, now).dagRunVector(subject, now, vectors, ended * width);
  }
  return Array.from(await model.predict(vectors, states.length + 1));
}

describe.each<[string, TroubledOptions]>([
  ['where Airflow tells of runs and another task goes on', { withRuns: true, isParallel: true }],
  ['where only tries are known, one after the other', { withRuns: false, isParallel: false }],
])('the risk of a run that is under way, %s', (_name, options) => {
  it('moves with what happened in it as earlier runs of its DAG went on', { timeout: 120_000 }, async () => {
    const history = troubledHistory(1, options);
    const model = await trainedOnRuns(history);
    const within = (dagId: string, states: readonly TryState[]): Promise<number[]> =>
      risksWithin(model, history, dagId, states, options);

    const sure = await within(SURE_DAG, ['up_for_retry', 'failed']);
    expect(sure[0]).toBeLessThan(0.12);
    // Of the runs whose first try failed, five in eight failed.
    expect(sure[1]).toBeGreaterThan(0.45);
    expect(sure[1]).toBeLessThan(0.75);
    expect(sure[2]).toBeGreaterThan(0.9);

    const harmless = await within(HARMLESS_DAGS[0], ['up_for_retry', 'up_for_retry', 'failed']);
    expect(harmless[0]).toBeLessThan(0.02);
    expect(harmless[1]).toBeLessThan(0.06);
    expect(harmless[2]).toBeLessThan(0.12);
    expect(harmless[3]).toBeGreaterThan(0.9);
    for (const risks of [sure, harmless]) expect(risks).toEqual([...risks].sort((a, b) => a - b));

    const recovered = await within(SURE_DAG, ['up_for_retry', 'success']);
    expect(recovered[2]).toBeLessThan(0.2);
  });
});
