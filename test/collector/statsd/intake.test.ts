import { describe, expect, it } from 'vitest';
import { Intake, type IntakeOptions, type IntakeWindow } from '../../../collector/statsd/intake.js';
import { KNOWN } from './names.js';

const START = 1_800_000_000;

function intake(options: Partial<IntakeOptions> = {}): Intake {
  const made = new Intake({ prefix: 'airflow', maxSeries: 100, idleSeconds: 60, ...options }, START);
  made.know(KNOWN, [3, 2, 1]);
  return made;
}

function send(to: Intake, ...lines: readonly string[]): void {
  for (const line of lines) to.receive(Buffer.from(`airflow.${line}`));
}

/** Facts as `name{label=value}: [value, maximum, count]`. */
function told(window: IntakeWindow): Record<string, unknown> {
  return Object.fromEntries(
    window.observations
      .filter(({ name }) => name !== 'statsd_samples')
      .map(({ name, labels, value, maximum, sampleCount }) => {
        const shown = Object.entries(labels).filter(([, label]) => label !== '');
        const key = shown.map(([label, text]) => `${label}=${text}`).join(',');
        return [key === '' ? name : `${name}{${key}}`, [value, maximum, sampleCount]];
      }),
  );
}

describe('windows', () => {
  it('sum counters, keep the last and the largest gauge, and average timers in seconds', () => {
    const it = intake();
    send(it, 'ti.start,dag_id=d,task_id=t:1|c', 'ti.start,dag_id=d,task_id=t:2|c');
    send(it, 'pool.starving_tasks,pool_name=small:9|g', 'pool.starving_tasks,pool_name=small:2|g');
    send(it, 'task.duration,dag_id=d,task_id=t:1000.000000|ms', 'task.duration,dag_id=d,task_id=t:3000|ms');
    expect(told(it.close(START + 10))).toEqual({
      'ti_start{dagId=d,taskId=t}': [3, null, 2],
      'pool_starving_tasks{pool=small}': [2, 9, 2],
      'task_duration_seconds{dagId=d,taskId=t}': [2, 3, 2],
    });
  });

  it('start anew: what was not measured again is not told again', () => {
    const it = intake();
    send(it, 'ti_failures:1|c', 'dagbag_size:7|g');
    it.close(START + 10);
    send(it, 'ti_failures:2|c');
    const { observations } = it.close(START + 20);
    expect(observations.map(({ name, value, eventTime }) => [name, value, eventTime])).toEqual([
      ['ti_failures', 2, START + 20],
      ['statsd_samples', 1, START + 20],
    ]);
  });

  it('weigh by sample rate', () => {
    const it = intake();
    send(it, 'ti_failures:1|c|@0.1', 'scheduler.scheduler_loop_duration:125|ms|@0.5');
    send(it, 'scheduler.scheduler_loop_duration:500|ms');
    const window = told(it.close(START + 10));
    expect(window['ti_failures']).toEqual([10, null, 10]);
    expect(window['scheduler_scheduler_loop_duration_seconds']).toEqual([0.25, 0.5, 3]);
  });

  it('change a gauge by what has a sign, once its value is known', () => {
    const it = intake();
    send(it, 'dagbag_size:-3|g');
    expect(told(it.close(START + 10))).toEqual({});
    // How the Python client sends a negative value.
    send(it, 'dagbag_size:0|g\nairflow.dagbag_size:-3|g');
    it.close(START + 20);
    send(it, 'dagbag_size:+5|g');
    expect(told(it.close(START + 30))).toEqual({ dagbag_size: [2, 2, 1] });
    expect(it.counts().ignored).toEqual({ delta_without_base: 1 });
  });

  it('follow a new version: DAG parse times are seconds in Airflow 3, milliseconds in 2', () => {
    const it = intake();
    const line = 'dag_processing.last_duration.demo:500|ms';
    send(it, line);
    expect(told(it.close(START + 10))).toMatchObject({
      'dag_processing_last_duration_seconds{dagFile=demo}': [500, 500, 1],
    });
    it.know(KNOWN, [2, 10, 0]);
    send(it, line);
    expect(told(it.close(START + 20))).toMatchObject({
      'dag_processing_last_duration_seconds{dagFile=demo}': [0.5, 0.5, 1],
    });
  });
});

describe('duplicates', () => {
  const tagged = 'ti.finish,dag_id=asset_consumer,task_id=consume,state=success:1|c';
  const legacy = 'ti.finish.asset_consumer.consume.success:1|c';
  const bare = 'ti.finish:1|c';
  const one = { 'ti_finish{dagId=asset_consumer,taskId=consume,state=success}': [1, null, 1] };

  it.each([
    ['tags', [tagged, legacy, bare], one],
    ['the names that hold the ids', [legacy, bare], one],
    ['the bare name', [bare], { ti_finish: [1, null, 1] }],
  ])('count once, by %s', (_name, lines, facts) => {
    const it = intake();
    send(it, ...lines);
    expect(told(it.close(START + 10))).toEqual(facts);
  });

  it('are still known as such in later windows, until the better form stays away', () => {
    const it = intake({ idleSeconds: 10_000 });
    send(it, tagged);
    it.close(START + 10);
    send(it, bare);
    expect(told(it.close(START + 610))).toEqual({});
    send(it, bare);
    expect(told(it.close(START + 620))).toEqual({ ti_finish: [1, null, 1] });
  });

  it('of one metric say nothing about another', () => {
    const it = intake();
    send(it, tagged, 'ti_successes:1|c');
    expect(told(it.close(START + 10))).toEqual({ ...one, ti_successes: [1, null, 1] });
  });
});

describe('bounds', () => {
  it('series beyond the limit are dropped and counted by metric; idle ones make room', () => {
    const it = intake({ maxSeries: 2, idleSeconds: 15 });
    const start = (task: string) => `ti.start,dag_id=d,task_id=${task}:1|c`;
    send(it, start('a'), start('b'), start('c'), start('c'), 'ti_failures:1|c', start('a'));
    const first = it.close(START + 10);
    expect(first.series).toBe(2);
    expect(first.counts.capped).toEqual({ ti_start: 2, ti_failures: 1 });
    expect(told(first)).toEqual({
      'ti_start{dagId=d,taskId=a}': [2, null, 2],
      'ti_start{dagId=d,taskId=b}': [1, null, 1],
    });
    send(it, start('a'));
    it.close(START + 20);
    expect(it.close(START + 30).series).toBe(1);
    send(it, start('c'));
    expect(told(it.close(START + 40))).toEqual({ 'ti_start{dagId=d,taskId=c}': [1, null, 1] });
  });

  it('a forgotten series starts anew', () => {
    const it = intake({ idleSeconds: 10 });
    send(it, 'dagbag_size:5|g');
    it.close(START + 10);
    expect(it.close(START + 30).series).toBe(0);
    send(it, 'dagbag_size:+1|g');
    expect(told(it.close(START + 40))).toEqual({});
    send(it, 'dagbag_size:8|g');
    expect(told(it.close(START + 50))).toEqual({ dagbag_size: [8, 8, 1] });
  });

  it('names without end take no more memory than the limit, and what is known still counts', () => {
    const it = intake({ maxSeries: 10 });
    send(it, 'ti_failures:1|c');
    for (let i = 0; i < 20_000; i++) send(it, `ti.start,dag_id=d,task_id=t${i}:1|c`, `junk${i}:1|c`);
    send(it, 'ti_failures:1|c');
    const window = it.close(START + 10);
    expect(window.series).toBe(10);
    expect(window.counts).toMatchObject({ capped: { ti_start: 19_991 }, ignored: { not_kept: 20_000 } });
    expect(told(window)['ti_failures']).toEqual([2, null, 2]);
  });
});

describe('counts', () => {
  it('everything that was received, read and refused', () => {
    const it = intake();
    send(it, 'ti_failures:1|c\nairflow.ti_failures:1|c', 'pool.open_slots:1|g', 'ti_failures:1|g', 'x');
    it.receive(Buffer.from('other.thing:1|c\nairflow.a,b:1|c\nusers:1|s'));
    expect(it.counts()).toEqual({
      packets: 5,
      samples: 6,
      parseErrors: 2,
      capped: {},
      ignored: { tagless_gauge: 1, other_kind: 1, foreign: 1, no_measurement: 1 },
    });
  });
});

describe('heartbeats', () => {
  it('have an age as soon as one was seen, to within a window', () => {
    const it = intake({ idleSeconds: 10 });
    expect(told(it.close(START + 10))).toEqual({});
    send(it, 'scheduler_heartbeat:1|c');
    expect(told(it.close(START + 20))).toMatchObject({ scheduler_heartbeat_age_seconds: [0, null, 0] });
    expect(told(it.close(START + 30))).toEqual({ scheduler_heartbeat_age_seconds: [10, null, 0] });
    expect(told(it.close(START + 86_420))).toEqual({ scheduler_heartbeat_age_seconds: [86_400, null, 0] });
    expect(told(it.close(START + 86_430))).toEqual({});
  });
});
