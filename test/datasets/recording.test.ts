import { describe, expect, it } from 'vitest';
import type { TryObservation } from '../../core/facts.js';
import { endAround, stretchRecording } from '../../datasets/recording/stretch.js';
import { buildTimeline } from '../../datasets/recording/timeline.js';
import { latestBy, sightingsBetween } from '../../datasets/recording/window.js';
import type { Recording } from '../../datasets/recording/types.js';

const attempt: TryObservation = {
  deployment: 'platform',
  dagId: 'orders',
  runId: 'scheduled__1',
  taskId: 'load.rows',
  mapIndex: -1,
  tryNumber: 1,
  state: 'failed',
  runType: 'scheduled',
  scheduledAt: 99,
  queuedAt: 100,
  startedAt: 101,
  endedAt: 103,
  operator: 'PythonOperator',
  pool: 'warehouse',
  queue: 'default',
  owner: 'sales',
  hostname: 'worker-1',
  extra: { priority: 2, post_cause: 'outage' },
};

const recording: Recording = {
  card: {
    name: 'test',
    airflowVersion: '3.2.1',
    factor: 720,
    recordedFrom: 0,
    recordedTo: 200,
    calendarEnd: 0,
  },
  dags: [],
  tasks: [],
  pools: [],
  dependencies: [],
  dagRuns: [
    {
      deployment: 'platform',
      dagId: 'orders',
      runId: 'scheduled__1',
      state: 'failed',
      runType: 'scheduled',
      runAfter: 98,
      logicalDate: null,
      queuedAt: 98,
      startedAt: 99,
      endedAt: 110,
    },
  ],
  tries: [attempt],
};

describe('stretchRecording', () => {
  it('multiplies every time around the end and keeps what is unknown', () => {
    const stretched = stretchRecording(recording, 1_000_000);
    const [moved] = stretched.tries;
    expect(moved).toMatchObject({
      queuedAt: 1_000_000 - 72_000,
      startedAt: 1_000_000 - 99 * 720,
      endedAt: 1_000_000 - 97 * 720,
    });
    expect(stretched.dagRuns[0]).toMatchObject({ runAfter: 1_000_000 - 102 * 720, logicalDate: null });
    expect(stretched.card).toMatchObject({ factor: 1, recordedTo: 1_000_000 });
  });
});

describe('endAround', () => {
  it('keeps weekday and hour, and leaves up to a week after now', () => {
    const end = endAround(1_000_000, 50_000_000);
    expect((end - 1_000_000) % (7 * 86_400)).toBe(0);
    expect(end - 50_000_000).toBeGreaterThanOrEqual(0);
    expect(end - 50_000_000).toBeLessThan(7 * 86_400);
  });
});

describe('buildTimeline', () => {
  const timeline = buildTimeline(recording);

  it('tells each moment in its order', () => {
    expect(timeline.map(({ at, kind, observation }) => [at, kind, observation.state])).toEqual([
      [98, 'dag_run', 'queued'],
      [99, 'dag_run', 'running'],
      [100, 'try', 'queued'],
      [101, 'try', 'running'],
      [103, 'try', 'failed'],
      [110, 'dag_run', 'failed'],
    ]);
  });

  it('tells nothing before its moment', () => {
    const [queued, running, ended] = timeline
      .filter(({ kind }) => kind === 'try')
      .map(({ observation }) => observation as TryObservation);
    expect(queued).toMatchObject({ startedAt: null, endedAt: null, hostname: null, extra: { priority: 2 } });
    expect(running).toMatchObject({
      startedAt: 101,
      endedAt: null,
      hostname: 'worker-1',
      extra: { priority: 2 },
    });
    expect(ended).toEqual(attempt);
  });
});

describe('windows of a timeline', () => {
  const timeline = buildTimeline(recording);

  it('a backfill finds the latest state of each', () => {
    const found = latestBy(timeline, 101);
    expect(found.tries.map(({ state }) => state)).toEqual(['running']);
    expect(found.dagRuns.map(({ state }) => state)).toEqual(['running']);
  });

  it('consecutive windows tell everything once', () => {
    const states = [
      sightingsBetween(timeline, 0, 100),
      sightingsBetween(timeline, 100, 103),
      sightingsBetween(timeline, 103, 999),
    ];
    expect(states.map(({ tries }) => tries.map(({ state }) => state))).toEqual([
      ['queued'],
      ['running', 'failed'],
      [],
    ]);
    expect(states.map(({ dagRuns }) => dagRuns.map(({ state }) => state))).toEqual([
      ['queued', 'running'],
      [],
      ['failed'],
    ]);
  });
});
