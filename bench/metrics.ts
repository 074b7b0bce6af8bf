/** How fast `/metrics` answers. Budget: docs/architecture.md. */
import { Agent, request } from 'node:http';
import type { Database } from '../core/database/port.js';
import { silentLogger } from '../core/logger.js';
import { createServer } from '../serving/index.js';
import type { DagRisk, ScoreBoard, ScoreSource, TaskRisk } from '../serving/live/board.js';
import { timingOf, type Timing } from './timing.js';

const NOW = 1_767_225_600;

/** A board with so many series: half of them DAGs' risks and last outcomes, half tasks'. */
function boardOf(series: number): ScoreBoard {
  const dagCount = Math.floor(series / 4);
  const tasksEach = 2;
  const dags = Array.from({ length: dagCount }, (_, index): DagRisk => {
    const dagId = `team_${index % 50}.pipeline_number_${index}`;
    const run = {
      kind: 'dag_run',
      stage: 'planned',
      deployment: 'production',
      dagId,
      runId: null,
      runType: 'scheduled',
      runAfter: NOW,
      queuedAt: null,
      startedAt: null,
    } as const;
    const risk = ((index * 7919) % 10_007) / 10_007;
    return {
      dag: {
        deployment: 'production',
        dagId,
        schedule: null,
        owners: [],
        tags: [],
        usualIntervalSeconds: null,
        nextDueAt: null,
        outcomes: [
          {
            runId: 'r',
            runType: 'scheduled',
            failed: index % 5 === 0,
            dueAt: null,
            startedAt: 1_795_435_200,
            endedAt: 1_795_435_500.25,
            retries: index % 3,
            isFromHistory: false,
          },
        ],
        runs: [run],
        progress: [],
        taskCount: tasksEach,
        codeChangedAt: null,
      },
      risk,
      isThin: false,
      usualDurationSeconds: null,
      run,
      runRisks: [risk],
      tasks: Array.from({ length: tasksEach }, (_task, task): TaskRisk => {
        const taskId = `transform_step_${task}`;
        return {
          taskId,
          risk: risk / (task + 1),
          finalRisk: risk / (task + 2),
          triesLeft: 1,
          isThin: false,
          stage: 'planned',
          runId: null,
          mapIndex: -1,
          tryNumber: 1,
          operator: null,
          pool: null,
          instances: 1,
          row: -1,
        };
      }),
      row: index,
      timing: null,
      runTimings: [null],
    };
  });
  return {
    refreshedAt: NOW,
    asOf: NOW,
    model: { version: 'bench', trainedAt: NOW },
    dags,
    pools: [],
    subjects: dagCount * (1 + tasksEach),
    forgottenDags: 0,
    knownDags: new Map([['production', dagCount]]),
    refreshMs: 0,
  };
}

function timedGet(url: string, agent: Agent): Promise<{ ms: number; body: Buffer }> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const ms = performance.now() - started;
        resolve({ ms, body: Buffer.concat(chunks) });
      });
    })
      .on('error', reject)
      .end();
  });
}

export interface MetricsMeasurement extends Timing {
  readonly series: number;
  readonly bytes: number;
  readonly requests: number;
}

/**
 * Times `/metrics` through the real server over loopback. The scores are refreshed before every fourth request, which then
 * writes all series anew; the p99 is therefore that of a scrape that meets new scores.
 */
export async function measureMetrics(series: number, requests = 200): Promise<MetricsMeasurement> {
  let board = boardOf(series);
  const scorer: ScoreSource = {
    board: () => board,
    status: () => ({ state: 'scored', detail: '', lastError: null }),
    explain: () => Promise.resolve(new Map()),
  };
  // The one query of a scrape asks whether tokens exist; it is answered from memory for five seconds anyway.
  const database = { query: () => Promise.resolve([{ usable: 0 }]) } as unknown as Database;
  const server = createServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    metricsPublic: false,
    taskSeriesLimit: series,
    scorer,
    database,
    collectorStatus: () => [],
    logger: silentLogger(),
    version: 'bench',
  });
  const url = `${await server.listen()}/metrics`;
  const agent = new Agent({ keepAlive: true });
  try {
    const samples: number[] = [];
    let bytes = 0;
    let counted = 0;
    for (let i = 0; i < requests; i++) {
      if (i % 4 === 0) board = { ...board };
      const answer = await timedGet(url, agent);
      samples.push(answer.ms);
      if (i > 0) continue;
      bytes = answer.body.length;
      counted = answer.body
        .toString()
        .split('\n')
        .filter((line) => line.startsWith('orc_')).length;
    }
    return { series: counted, bytes, requests, ...timingOf(samples) };
  } finally {
    agent.destroy();
    await server.close();
  }
}
