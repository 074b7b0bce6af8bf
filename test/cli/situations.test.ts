import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logUrl } from '../../cli/log-url.js';
import { assetsOf, createSituations, downstreamOf, nextDeadlineOf } from '../../cli/situations.js';
import type { Database } from '../../core/database/port.js';
import { writeDagDependencies } from '../../core/fact-log/write-surroundings.js';
import type { DagDependencyObservation } from '../../core/surroundings.js';
import type { ScoreSource } from '../../serving/index.js';
import { LIVE } from '../core/fact-log/observations.js';
import { addFailures } from '../serving/failures.js';
import { NOW, sketchBoard, sketchSource, type DagSketch } from '../serving/support.js';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';

let store: TemporaryDatabase;
let asked: string[];
let isAway: boolean;
const database: Pick<Database, 'query'> = {
  query: (sql, values) => {
    asked.push(sql);
    return isAway ? Promise.reject(new Error('away')) : store.database.query(sql, values);
  },
};
const dependsOn = (fromDagId: string, toDagId: string): DagDependencyObservation => ({
  ...{ deployment: 'production', fromDagId, toDagId, kind: 'trigger', via: 'task', isActive: true },
});

beforeAll(async () => {
  store = await temporaryDatabase();
  const told = [dependsOn('etl', 'report'), dependsOn('report', 'mail'), dependsOn('other', 'mail')];
  await store.database.transaction((connection) => writeDagDependencies(connection, told, LIVE));
});
afterAll(() => store.drop());
beforeEach(() => {
  asked = [];
  isAway = false;
});

const DAGS: DagSketch[] = [
  { dagId: 'etl', risk: 0.5, usual: 0.1, reasons: [['Its pool is full', 1]], tasks: { load: 0.4 } },
  { dagId: 'dear', risk: 0.35 },
  { dagId: 'cheap', risk: 0.25 },
  { dagId: 'elsewhere', deployment: 'staging', risk: 0.9 },
];
const situationsOf = (scorer: ScoreSource) =>
  createSituations({
    ...{ scorer, database },
    warnAt: ({ dagId }) => (dagId === 'cheap' ? 0.2 : 0.4),
    logUrl: (deployment, dagId, { runId, taskId, tryNumber }) =>
      `https://${deployment}/${dagId}/${runId}/${taskId}/${tryNumber}`,
  });
const failure = (subject: string) => ({ deployment: 'production', kind: 'failure', subject }) as const;
const dependencyQueries = (): number => asked.filter((sql) => sql.includes('dag_dependency_fact')).length;

describe('situations', () => {
  it('tell of a DAG its risk against usual, its reasons and what waits for it', async () => {
    const { dag, pool, atRisk } = (await situationsOf(sketchSource(DAGS)).situation(failure('etl')))!;
    expect({ pool, atRisk }).toEqual({ pool: null, atRisk: [] });
    expect(dag).toMatchObject({
      risk: 0.5,
      usualRisk: 0.1,
      isThin: false,
      stage: 'planned',
      runId: null,
      lastFailure: null,
    });
    expect(dag!.reasons[0]).toBe('Its pool is full');
    expect(dag!.task).toEqual({ taskId: 'load', risk: 0.4 });
    expect(dag!.downstream).toEqual(['report', 'mail']);
    expect(dag!.downstreamAssets).toEqual([]);
    expect(dag!.nextDeadline).toBeNull();
  });

  it('tell of the last failure whose log was read, and whether it is news', async () => {
    await addFailures(store.database, 'No space left', 'dear');
    const runId = 'scheduled__2026-11-23';
    const of = async (board: ReturnType<typeof sketchBoard>) =>
      (await situationsOf({ ...sketchSource(DAGS), board: () => board }).situation(failure('dear')))!.dag!
        .lastFailure;
    const board = sketchBoard(DAGS);
    const dear = board.dags.find(({ dag }) => dag.dagId === 'dear')!;
    const boardOf = (dag: Partial<typeof dear.dag>) => ({
      ...board,
      dags: [{ ...dear, dag: { ...dear.dag, ...dag } }],
    });
    expect(await of(board)).toMatchObject({
      ...{ runId, taskId: 'load', evidence: 'No space left', isRecent: false },
      logUrl: `https://production/dear/${runId}/load/2`,
    });
    const outcomes = dear.dag.outcomes.map((outcome) => ({ ...outcome, runId }));
    expect(await of(boardOf({ outcomes }))).toMatchObject({ isRecent: true });
    const runs = dear.dag.runs.map((run) => ({ ...run, runId }));
    expect(await of(boardOf({ runs }))).toMatchObject({ isRecent: true });
  });

  it('name the DAGs of an outage that are above their own thresholds, the riskiest first', async () => {
    const key = { deployment: 'production', kind: 'outage', subject: '' } as const;
    const { atRisk, dag } = (await situationsOf(sketchSource(DAGS)).situation(key))!;
    expect(dag).toBeNull();
    expect(atRisk).toEqual([
      { dagId: 'etl', risk: 0.5 },
      { dagId: 'cheap', risk: 0.25 },
    ]);
  });

  it('tell of a pool how full it is, and nothing of a DAG or pool that is not known', async () => {
    const pools = [
      {
        deployment: 'production',
        pool: 'p',
        slots: 4,
        occupiedSlots: 3,
        dueSlots: 0,
        risk: 0.9,
        usualRisk: 0.1,
      },
    ];
    const situations = situationsOf(sketchSource(DAGS, {}, { pools }));
    const of = (subject: string) => situations.situation({ deployment: 'production', kind: 'pool', subject });
    expect((await of('p'))!.pool).toEqual({ risk: 0.9, slots: 4, occupiedSlots: 3 });
    expect((await of('q'))!.pool).toBeNull();
    expect((await situations.situation(failure('unknown')))!.dag).toBeNull();
    expect(await situationsOf(sketchSource(null)).situation(failure('etl'))).toBeNull();
  });

  it('read the dependencies of a deployment once for all that is told of the same scores', async () => {
    const source = sketchSource(DAGS);
    let board = source.board();
    const situations = situationsOf({ ...source, board: () => board });
    await Promise.all([situations.situation(failure('etl')), situations.situation(failure('dear'))]);
    await situations.situation(failure('etl'));
    expect(dependencyQueries()).toBe(1);
    board = sketchBoard(DAGS);
    await situations.situation(failure('etl'));
    expect(dependencyQueries()).toBe(2);
  });

  it('read them again after a reading that failed', async () => {
    const situations = situationsOf(sketchSource(DAGS));
    isAway = true;
    await expect(situations.situation(failure('etl'))).rejects.toThrow('away');
    isAway = false;
    expect((await situations.situation(failure('etl')))!.dag!.downstream).toEqual(['report', 'mail']);
  });
});

describe('what waits for a DAG', () => {
  it('is found over any number of steps and through circles, without itself, and ends somewhere', () => {
    const circle = [dependsOn('a', 'b'), dependsOn('b', 'c'), dependsOn('c', 'a')];
    expect(downstreamOf('a', circle)).toEqual(['b', 'c']);
    const many = Array.from({ length: 80 }, (_, index) => dependsOn('a', `dag_${index}`));
    expect(downstreamOf('a', many)).toHaveLength(50);
    expect(downstreamOf('alone', circle)).toEqual([]);
  });

  it('waits by assets, each named once', () => {
    const by = (fromDagId: string, toDagId: string, via: string): DagDependencyObservation => ({
      ...{ ...dependsOn(fromDagId, toDagId), kind: 'asset', via },
    });
    const all = [
      by('a', 'b', 's3://x'),
      by('a', 'c', 's3://x'),
      by('b', 'c', 's3://y'),
      by('d', 'e', 's3://z'),
    ];
    expect(assetsOf(['a', 'b', 'c'], [...all, dependsOn('a', 'f')])).toEqual(['s3://x', 's3://y']);
  });

  it('has to keep the first of its deadlines that is still ahead', () => {
    const ends = [60, 120, 180] as const;
    const board = sketchBoard([
      { dagId: 'soon', risk: 0.1, ends, deadline: [600, 'learnt'] },
      { dagId: 'sooner', risk: 0.1, ends, deadline: [300, 'configured'] },
      { dagId: 'passed', risk: 0.1, ends, deadline: [-60, 'configured'] },
      { dagId: 'sooner', deployment: 'staging', risk: 0.1, ends, deadline: [10, 'configured'] },
      { dagId: 'none', risk: 0.1 },
    ]);
    const next = (...dagIds: string[]) => nextDeadlineOf('production', dagIds, board);
    expect(next('soon', 'passed', 'sooner', 'none')).toEqual({
      ...{ dagId: 'sooner', at: NOW + 300, source: 'configured' },
    });
    expect(next('soon')).toMatchObject({ at: NOW + 600, source: 'learnt' });
    expect(next('passed', 'none')).toBeNull();
  });
});

describe('the log of a try', () => {
  const of = (version: string | null, mapIndex = -1) =>
    logUrl({ url: 'https://airflow.example.com/x/', version }, 'a b', {
      ...{ runId: 'scheduled__2026-11-23T11:00:00+00:00', taskId: 'group.load', mapIndex, tryNumber: 2 },
      endedAt: NOW,
    });
  const run = 'scheduled__2026-11-23T11%3A00%3A00%2B00%3A00';

  it('is where Airflow 3 and 2 each show it', () => {
    const three = `https://airflow.example.com/x/dags/a%20b/runs/${run}/tasks/group.load`;
    expect(of('3.2.1')).toBe(`${three}?try_number=2`);
    expect(of('3.0.0', 4)).toBe(`${three}/mapped/4?try_number=2`);
    const two = `https://airflow.example.com/x/dags/a%20b/grid?dag_run_id=${run}&task_id=group.load`;
    const before = '&base_date=2026-11-23T12%3A00%3A00.000Z&tab=logs';
    expect(of('2.10.5')).toBe(`${two}${before}`);
    expect(of('2.10.5', 0)).toBe(`${two}&map_index=0${before}`);
  });

  it('is not guessed where the version is not known', () => {
    expect(of(null)).toBeNull();
    expect(of('main')).toBeNull();
  });
});
