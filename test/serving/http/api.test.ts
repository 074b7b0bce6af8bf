import { describe, expect, it } from 'vitest';
import { dagDetailSchema, errorSchema, risksSchema } from '../../../serving/http/schemas.js';
import { NOW, sketchSource, type DagSketch } from '../support.js';
import { addFailures } from '../failures.js';
import { useServer } from './harness.js';

const odd = 'team/a b.c?d=é&🚀"<x>';
const sketches: DagSketch[] = [
  {
    dagId: odd,
    risk: 0.75,
    usual: 0.25,
    stage: 'running',
    offset: 60,
    outcomes: 'sf',
    tasks: { 'g.load[x]': 0.5, extract: 0.125 },
    failedTasks: ['prepare'],
    reasons: [['The last run failed', 1.5]],
    taskReasons: [['Its latest failure was a time-out', 0.7]],
    suggestion: 'Allow more time.',
    isThin: true,
    ends: [60, 120, 300],
    late: 0.25,
    deadline: [200, 'configured'],
  },
  { dagId: 'twice', risk: 0.5 },
  { dagId: 'twice', deployment: 'staging', risk: 0.25 },
  { dagId: 'calm', risk: 0.125, outcomes: '' },
];
const pools = ['production', 'staging'].map((deployment) => ({
  deployment,
  pool: 'etl',
  slots: 8,
  occupiedSlots: 2,
  risk: 0.5,
  dueSlots: 0,
  usualRisk: 0.25,
}));
const timing = {
  late_risk: 0.25,
  deadline: { at: '2026-11-23T12:03:20.000Z', source: 'configured' },
  expected_end: {
    low: '2026-11-23T12:01:00.000Z',
    median: '2026-11-23T12:02:00.000Z',
    high: '2026-11-23T12:05:00.000Z',
  },
};
const http = useServer({ scorer: sketchSource(sketches, {}, { pools }) }, (database) =>
  addFailures(database, 'OSError: No space left', odd),
);

async function risks(query = '') {
  const answer = await http.ask(`/api/v1/risks${query}`);
  expect(answer.status).toBe(200);
  return risksSchema.parse(answer.json);
}

describe('/api/v1/risks', () => {
  it('lists the active DAGs, riskiest first', async () => {
    const answer = await risks();
    expect(answer).toMatchObject({
      as_of: '2026-11-23T12:00:00.000Z',
      refreshed_at: '2026-11-23T12:00:00.000Z',
      model_version: '2026-11-23T0900Z-3fa9c1',
      total: 4,
    });
    expect(answer.dags.map(({ dag_id, risk }) => [dag_id, risk])).toEqual([
      [odd, 0.75],
      ['twice', 0.5],
      ['twice', 0.25],
      ['calm', 0.125],
    ]);
    expect(answer.dags[0]).toEqual({
      deployment: 'production',
      dag_id: odd,
      risk: 0.75,
      usual_risk: 0.25,
      stage: 'running',
      run_id: `scheduled__current_${odd}`,
      run_type: 'scheduled',
      due_at: '2026-11-23T11:58:55.000Z',
      queued_at: '2026-11-23T11:58:57.000Z',
      started_at: '2026-11-23T11:59:00.000Z',
      active_runs: 1,
      last_run_failed: true,
      evidence: 'thin',
      reasons: [{ group: 'group', text: 'The last run failed', log_odds: 1.5 }],
      suggestion: null,
      riskiest_task: {
        task_id: 'g.load[x]',
        risk: 0.5,
        final_risk: 0.25,
        stage: 'running',
        usual_risk: 0.5,
        evidence: 'enough',
        reasons: [{ group: 'group', text: 'Its latest failure was a time-out', log_odds: 0.7 }],
        suggestion: { rule: 'rule', text: 'Allow more time.' },
      },
      ...timing,
    });
    expect(answer.dags[3]).toMatchObject({
      evidence: 'enough',
      last_run_failed: null,
      riskiest_task: null,
      late_risk: null,
      deadline: null,
      expected_end: null,
      run_id: null,
      active_runs: 0,
    });
  });

  it('lists the pools of the deployment asked for', async () => {
    const pool = { pool: 'etl', slots: 8, occupied_slots: 2, risk: 0.5 };
    expect((await risks()).pools).toHaveLength(2);
    expect((await risks('?deployment=staging')).pools).toEqual([{ deployment: 'staging', ...pool }]);
  });

  it.each([
    ['?deployment=staging', ['twice'], 1],
    [`?dag_id=${encodeURIComponent(odd)}`, [odd], 1],
    ['?min_risk=0.25', [odd, 'twice', 'twice'], 3],
    ['?limit=1', [odd], 4],
    ['?dag_id=nothing', [], 0],
  ])('filters %s', async (query, ids, total) => {
    const answer = await risks(query);
    expect(answer.dags.map(({ dag_id }) => dag_id)).toEqual(ids);
    expect(answer.total).toBe(total);
  });

  it.each([
    ['?limit=0', 'limit is "0": expected a whole number from 1 to 10000.'],
    ['?limit=ten', 'limit is "ten": expected a whole number from 1 to 10000.'],
    ['?limit=1.5', 'limit is "1.5": expected a whole number from 1 to 10000.'],
    ['?min_risk=2', 'min_risk is "2": expected a number from 0 to 1.'],
    ['?minrisk=0.5', 'minrisk is not known: expected deployment, dag_id, min_risk, limit.'],
    ['?deployment=', 'deployment is "": expected one name that is not empty.'],
    ['?dag_id=a&dag_id=b', 'dag_id is ["a","b"]: expected one name that is not empty.'],
    ['?limit=1&limit=2', 'limit is ["1","2"]: expected a whole number from 1 to 10000.'],
  ])('refuses %s: says what, and what is accepted', async (query, problem) => {
    const answer = await http.ask(`/api/v1/risks${query}`);
    expect(answer.status).toBe(400);
    const { error } = errorSchema.parse(answer.json);
    expect(error.code).toBe('bad_parameter');
    expect(error.message).toBe(`Query parameter ${problem}`);
  });
});

describe('/api/v1/dags/{dag_id}', () => {
  it('finds a DAG whatever its id, and tells all of it', async () => {
    const answer = await http.ask(`/api/v1/dags/${encodeURIComponent(odd)}`);
    expect(answer.status).toBe(200);
    const dag = dagDetailSchema.parse(answer.json);
    expect(dag).toMatchObject({
      dag_id: odd,
      risk: 0.75,
      usual_risk: 0.25,
      reasons: [{ group: 'group', text: 'The last run failed', log_odds: 1.5 }],
      usual_interval_seconds: 3600,
      current_runs: [
        { run_id: `scheduled__current_${odd}`, stage: 'running', risk: 0.75, failed_tasks: ['prepare'] },
      ],
      task_count: 2,
    });
    expect(dag.tasks.map(({ task_id }) => task_id)).toEqual(['g.load[x]', 'extract']);
    expect(dag.tasks[0]).toMatchObject({ risk: 0.5, final_risk: 0.25, tries_left: 1 });
    expect(dag.last_failures).toEqual([
      {
        run_id: 'scheduled__2026-11-23',
        task_id: 'load',
        map_index: 3,
        try_number: 2,
        class: 'resource',
        rule: 'disk_full',
        evidence: 'OSError: No space left',
        unread: null,
        ended_at: '2026-11-23T11:50:00.000Z',
      },
      expect.objectContaining({ class: 'unknown', evidence: null, unread: 'Log file not found' }),
    ]);
    expect(dag.last_runs.map(({ state }) => state)).toEqual(['success', 'failed']);
  });

  it('asks for the deployment where it must', async () => {
    const answer = await http.ask('/api/v1/dags/twice');
    expect(answer.status).toBe(400);
    expect(errorSchema.parse(answer.json).error).toEqual({
      code: 'deployment_required',
      message: 'Several deployments have a DAG "twice": name one with ?deployment=, of production, staging.',
    });
    const named = await http.ask('/api/v1/dags/twice?deployment=staging');
    expect(named.json).toMatchObject({ deployment: 'staging', risk: 0.25 });
  });

  it.each(['/api/v1/dags/unknown', '/api/v1/dags/twice?deployment=nowhere', '/api/v1/nothing', '/api/v2'])(
    '404 for %s',
    async (path) => {
      const answer = await http.ask(path);
      expect(answer.status).toBe(404);
      expect(errorSchema.parse(answer.json).error.code).toBe('not_found');
    },
  );

  it('400 for a broken percent-encoding', async () => {
    const answer = await http.ask('/api/v1/dags/%E0%A4%A');
    expect(answer.status).toBe(400);
    expect(errorSchema.parse(answer.json).error.code).toBe('bad_request');
  });
});

describe('/api/v1/openapi.json', () => {
  it('describes every path, with references that resolve', async () => {
    const { json } = await http.ask('/api/v1/openapi.json');
    const document = json as { openapi: string; paths: object; components: { schemas: object } };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual([
      ...['/risks', '/incidents', '/dags/{dag_id}', '/actions', '/actions/report', '/actions/{action_id}'],
      ...['/actions/{action_id}/approve', '/actions/{action_id}/reject', '/actions/stop', '/actions/resume'],
    ]);
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(document.components.schemas).toHaveProperty(name!);
    }
    expect(JSON.stringify(document)).toContain('"name":"min_risk","in":"query","required":false');
  });
});

it('changes nothing: other methods are refused', async () => {
  for (const path of ['/api/v1/risks', '/metrics', '/-/ready', '/']) {
    const answer = await http.ask(path, { method: 'POST', headers: { origin: http.url } });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD');
  }
});

it('has the time of the scores in the age that readiness tells', async () => {
  const answer = await http.ask('/-/ready');
  expect(answer.json).toEqual({
    status: 'ready',
    model_version: '2026-11-23T0900Z-3fa9c1',
    score_age_seconds: 4,
  });
  expect(NOW).toBe(Date.parse('2026-11-23T12:00:00Z') / 1000);
});
