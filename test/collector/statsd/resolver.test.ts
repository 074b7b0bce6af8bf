import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../../collector/statsd/families.js';
import { KnownNames, NOTHING_KNOWN } from '../../../collector/statsd/known-names.js';
import { NameResolver, type Resolution } from '../../../collector/statsd/resolver.js';
import { parseDogTags, splitInfluxTags } from '../../../collector/statsd/tags.js';
import { NO_PLATFORM_LABELS } from '../../../core/facts.js';
import { KNOWN } from './names.js';

const known = new KnownNames(KNOWN);
const resolver = new NameResolver('airflow');

function resolve(head: string, ids = known): Resolution {
  const { name, tags } = splitInfluxTags(head)!;
  return resolver.resolve(name, tags, ids);
}

function told(resolution: Resolution): unknown {
  if (typeof resolution === 'string') return resolution;
  const labels = Object.fromEntries(Object.entries(resolution.labels).filter(([, value]) => value !== ''));
  return [resolution.family.fact, resolution.form, labels];
}

describe('names that hold DAG and task', () => {
  it.each([
    ['ti.start.asset_consumer.consume', 'ti_start', { dagId: 'asset_consumer', taskId: 'consume' }],
    [
      'ti.finish.demo.dotted.load.flaky.up_for_retry',
      'ti_finish',
      { dagId: 'demo.dotted', taskId: 'load.flaky', state: 'up_for_retry' },
    ],
    [
      'dag.demo.dotted.load.write.duration',
      'task_duration_seconds',
      { dagId: 'demo.dotted', taskId: 'load.write' },
    ],
    [
      'dag.demo.dotted.mapped.scheduled_duration',
      'task_scheduled_duration_seconds',
      { dagId: 'demo.dotted', taskId: 'mapped' },
    ],
    [
      'ti.queued.default.demo.dotted.load.flaky',
      'ti_queued',
      { queue: 'default', dagId: 'demo.dotted', taskId: 'load.flaky' },
    ],
    [
      'ti.running.team.a.demo.dotted.mapped',
      'ti_running',
      { queue: 'team.a', dagId: 'demo.dotted', taskId: 'mapped' },
    ],
    ['dagrun.duration.failed.demo.dotted', 'dagrun_duration_failed_seconds', { dagId: 'demo.dotted' }],
    [
      'dagrun.demo.dotted.first_task_scheduling_delay',
      'dagrun_first_task_scheduling_delay_seconds',
      { dagId: 'demo.dotted' },
    ],
    ['pool.open_slots.small', 'pool_open_slots', { pool: 'small' }],
    ['pool.scheduled_tasks.small', 'pool_scheduled_slots', { pool: 'small' }],
    ['pool.starving_tasks.grosser_pool', 'pool_starving_tasks', { pool: 'grosser pool' }],
    ['executor.open_slots.CeleryExecutor', 'executor_open_slots', { executor: 'CeleryExecutor' }],
    ['triggers.running.host.example.com', 'triggers_running', { host: 'host.example.com' }],
    [
      'dag_processing.last_duration.dags-folder.demo',
      'dag_processing_last_duration_seconds',
      { dagFile: 'dags-folder.demo' },
    ],
    ['dag_processing.last_run.seconds_ago.demo', 'dag_processing_last_run_ago_seconds', { dagFile: 'demo' }],
  ])('%s', (name, fact, labels) => {
    expect(told(resolve(`airflow.${name}`))).toEqual([fact, 'legacy', labels]);
  });

  it('the longest known DAG of which the rest is a known task wins', () => {
    expect(told(resolve('airflow.ti.start.demo.dotted.extract'))).toEqual([
      'ti_start',
      'legacy',
      { dagId: 'demo.dotted', taskId: 'extract' },
    ]);
    expect(told(resolve('airflow.ti.start.demo.dotted.other'))).toEqual([
      'ti_start',
      'legacy',
      { dagId: 'demo', taskId: 'dotted.other' },
    ]);
  });

  it('without known ids, one dot tells DAG from task, and more leave both out', () => {
    const nothing = new KnownNames(NOTHING_KNOWN);
    expect(told(resolve('airflow.ti.start.new_dag.new_task', nothing))).toEqual([
      'ti_start',
      'legacy',
      { dagId: 'new_dag', taskId: 'new_task' },
    ]);
    expect(told(resolve('airflow.ti.finish.a.b.c.success', nothing))).toEqual([
      'ti_finish',
      'legacy',
      { state: 'success' },
    ]);
    expect(resolve('airflow.ti.running.default.a.b.c', nothing)).toBe('ambiguous_gauge');
    expect(told(resolve('airflow.ti.running.default.a.b', nothing))).toEqual([
      'ti_running',
      'legacy',
      { queue: 'default', dagId: 'a', taskId: 'b' },
    ]);
  });
});

describe('tags', () => {
  it.each([
    [
      'ti.finish,dag_id=demo.dotted,task_id=load.flaky,state=failed',
      'ti_finish',
      'tagged',
      { dagId: 'demo.dotted', taskId: 'load.flaky', state: 'failed' },
    ],
    ['pool.open_slots,pool_name=small', 'pool_open_slots', 'tagged', { pool: 'small' }],
    [
      'executor.open_slots,status=open,name=LocalExecutor',
      'executor_open_slots',
      'tagged',
      { executor: 'LocalExecutor' },
    ],
    [
      'dag_processing.last_duration,file_name=demo,bundle_name=dags-folder',
      'dag_processing_last_duration_seconds',
      'tagged',
      { dagFile: 'dags-folder.demo' },
    ],
    [
      'dagrun.schedule_delay.demo.dotted,dag_id=demo.dotted',
      'dagrun_schedule_delay_seconds',
      'legacy',
      { dagId: 'demo.dotted' },
    ],
    [
      'ti.finish.x.y.z.success,dag_id=x,task_id=y.z',
      'ti_finish',
      'legacy',
      { dagId: 'x', taskId: 'y.z', state: 'success' },
    ],
    ['scheduler_heartbeat,team=a', 'scheduler_heartbeat', 'bare', {}],
  ])('%s', (head, fact, form, labels) => {
    expect(told(resolve(`airflow.${head}`))).toEqual([fact, form, labels]);
  });

  it('of DogStatsD say the same', () => {
    const tags = parseDogTags('dag_id:demo.dotted,task_id:load.flaky,flag,url:http://x');
    expect(told(resolver.resolve('airflow.ti_failures', tags, known))).toEqual([
      'ti_failures',
      'tagged',
      { dagId: 'demo.dotted', taskId: 'load.flaky' },
    ]);
  });

  it.each(['a,', 'a,x', 'a,=1', ',x=1', 'a,x=1,'])('%s is malformed', (head) => {
    expect(splitInfluxTags(head)).toBeNull();
  });
});

describe('lines that become no fact', () => {
  it.each([
    ['airflow.pool.open_slots', 'tagless_gauge'],
    ['airflow.ti.running', 'tagless_gauge'],
    ['airflow.triggers.running', 'tagless_gauge'],
    ['airflow.operator_failures_PythonOperator', 'not_kept'],
    ['airflow.ti.finish.a.b.nonsense', 'not_kept'],
    ['datadog.dogstatsd.client.metrics', 'foreign'],
    ['airflowish.scheduler_heartbeat', 'foreign'],
  ])('%s is %s', (name, reason) => {
    expect(resolve(name)).toBe(reason);
  });

  it('the bare total of a counter, and the slots of an only executor, are kept', () => {
    expect(told(resolve('airflow.ti.finish'))).toEqual(['ti_finish', 'bare', {}]);
    expect(told(resolve('airflow.executor.open_slots'))).toEqual(['executor_open_slots', 'bare', {}]);
  });
});

describe('names as statsd_exporter writes them', () => {
  const exporter = new NameResolver('airflow', '_');
  const resolveName = (name: string, tags = new Map<string, string>()): Resolution =>
    exporter.resolve(name, tags, known);

  it.each([
    [
      'airflow_ti_finish_demo_dotted_load_flaky_up_for_retry',
      'ti_finish',
      { dagId: 'demo.dotted', taskId: 'load.flaky', state: 'up_for_retry' },
    ],
    [
      'airflow_dag_demo_dotted_load_write_scheduled_duration',
      'task_scheduled_duration_seconds',
      { dagId: 'demo.dotted', taskId: 'load.write' },
    ],
    [
      'airflow_dagrun_duration_success_demo_dotted',
      'dagrun_duration_success_seconds',
      { dagId: 'demo.dotted' },
    ],
    ['airflow_pool_running_slots_grosser_pool', 'pool_running_slots', { pool: 'grosser pool' }],
    [
      'airflow_dag_processing_last_duration_dags_folder_my_duration',
      'dag_processing_last_duration_seconds',
      { dagFile: 'dags_folder_my_duration' },
    ],
  ])('%s', (name, fact, labels) => {
    expect(told(resolveName(name))).toEqual([fact, 'legacy', labels]);
  });

  it('DAG and task that read alike are not told apart', () => {
    // demo + dotted.extract and demo.dotted + extract.
    expect(told(resolveName('airflow_ti_start_demo_dotted_extract'))).toEqual(['ti_start', 'legacy', {}]);
  });

  it('takes the labels of the Helm chart', () => {
    expect(told(resolveName('airflow_pool_open_slots', new Map([['pool', 'small']])))).toEqual([
      'pool_open_slots',
      'tagged',
      { pool: 'small' },
    ]);
  });
});

describe('families', () => {
  it('have a fact name each, and labels that start empty', () => {
    const facts = FAMILIES.map(({ fact }) => fact);
    expect(new Set(facts).size).toBe(facts.length);
    for (const fact of facts) expect(fact).toMatch(/^[a-z][a-z_]*[a-z]$/);
    const resolution = resolve('airflow.scheduler_heartbeat');
    expect(resolution).toMatchObject({ labels: NO_PLATFORM_LABELS });
  });
});
