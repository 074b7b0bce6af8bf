import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSituations, downstreamOf } from '../../cli/situations.js';
import type { Database } from '../../core/database/port.js';
import { writeDagDependencies } from '../../core/fact-log/write-surroundings.js';
import type { DagDependencyObservation } from '../../core/surroundings.js';
import type { ScoreSource } from '../../serving/index.js';
import { LIVE } from '../core/fact-log/observations.js';
import { sketchBoard, sketchSource, type DagSketch } from '../serving/support.js';
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
  createSituations({ scorer, database, warnAt: ({ dagId }) => (dagId === 'cheap' ? 0.2 : 0.4) });
const failure = (subject: string) => ({ deployment: 'production', kind: 'failure', subject }) as const;
const dependencyQueries = (): number => asked.filter((sql) => sql.includes('dag_dependency_fact')).length;

describe('situations', () => {
  it('tell of a DAG its risk against usual, its reasons and what waits for it', async () => {
    const { dag, pool, atRisk } = (await situationsOf(sketchSource(DAGS)).situation(failure('etl')))!;
    expect({ pool, atRisk }).toEqual({ pool: null, atRisk: [] });
    expect(dag).toMatchObject({
      risk: 0.5,
      usualRisk: 0.1,
      stage: 'planned',
      runId: null,
      lastFailure: null,
    });
    expect(dag!.reasons[0]).toBe('Its pool is full');
    expect(dag!.task).toEqual({ taskId: 'load', risk: 0.4 });
    expect(dag!.downstream).toEqual(['report', 'mail']);
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
});
