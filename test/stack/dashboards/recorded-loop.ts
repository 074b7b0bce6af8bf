/**
 * The loop of `orc demo` in this process: the recording of a real Airflow is loaded, trained on and replayed as if live. What
 * `/metrics` said at each moment of the replay is kept with its time, as Prometheus would have scraped it. A second deployment
 * collects from a local Airflow and listens to StatsD, for the metrics of collection.
 */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { addAction, changeAction } from '../../../actions/ledger/write.js';
import { changeIncident } from '../../../alerts/incidents/change-incidents.js';
import { createApp, type App } from '../../../cli/app.js';
import { createContext } from '../../../cli/context.js';
import { DemoPlayer } from '../../../cli/demo-player.js';
import { deploymentSchema } from '../../../core/config/schema.js';
import { teamsSchema } from '../../../core/config/teams.js';
import { openDatabase } from '../../../core/database/open.js';
import type { Database } from '../../../core/database/port.js';
import { silentLogger } from '../../../core/logger.js';
import { readRecording, recordingsFolder } from '../../../datasets/recording/read.js';
import { endAround, stretchRecording } from '../../../datasets/recording/stretch.js';
import { runTraining } from '../../../model/index.js';

export interface RecordedLoopOptions {
  readonly dataDir: string;
  /** Address of the Airflow of the second deployment, whose password is `secret-password`. */
  readonly airflowUrl: string;
  readonly statsdPort: number;
  /** host:port that gets the StatsD datagrams next. */
  readonly forwardTo: string;
  /** File that what `/metrics` said is written to. */
  readonly history: string;
}

export interface RecordedLoop {
  /** host:port of ORC. */
  readonly target: string;
  readonly stop: () => Promise<void>;
}

/** Owners of DAGs of the recording that are teams; the DAGs of others are of none. */
const TEAMS = ['payments', 'analytics', 'ml', 'ingestion'];
const HOUR = 3600;
/** As `orc demo` does. */
const PAST_SHARE = 0.75;
const COARSE_STEP = 3 * HOUR;
/** Within the last days, which the dashboards show. */
const FINE_STEP = HOUR / 2;
const FINE_SECONDS = 48 * HOUR;
/** Prometheus forgets a series after five minutes without a sample. */
const SCRAPE_SECONDS = 240;
/** Room for what Prometheus scrapes itself. */
const GAP_SECONDS = 60;

export async function startRecordedLoop(options: RecordedLoopOptions): Promise<RecordedLoop> {
  const abort = new AbortController();
  const { context: base, finish } = createContext({ dataDir: options.dataDir, logLevel: 'fatal' });
  const deployment = deploymentSchema.parse({
    name: 'live',
    url: options.airflowUrl,
    username: 'viewer',
    password: 'secret-password',
    poll_interval_seconds: 1,
    statsd: { port: options.statsdPort, forward_to: options.forwardTo },
  });
  const context = {
    ...base,
    signal: abort.signal,
    logger: silentLogger(),
    config: {
      ...base.config,
      deployments: [deployment],
      teams: teamsSchema.parse(TEAMS.map((owner) => ({ name: owner, owner }))),
      server: { ...base.config.server, port: 0 },
      model: { ...base.config.model, automatic_rollback: false },
    },
  };
  const { clock } = context;
  const database = await openDatabase({
    databaseUrl: null,
    dataDir: options.dataDir,
    logger: context.logger,
  });
  const recorded = readRecording(recordingsFolder(), 'platform');
  const recording = stretchRecording(recorded, endAround(recorded.card.calendarEnd, clock()));
  const until = clock() - GAP_SECONDS;
  const split = recording.card.recordedFrom + PAST_SHARE * (until - recording.card.recordedFrom);
  let now: number | null = split;
  const app = createApp({ context, database, clock: () => now ?? clock() });
  const player = new DemoPlayer(database, recording);
  await player.loadPast(split);
  const { logger, signal, config } = context;
  await runTraining({
    database,
    signal,
    onProgress: context.progress,
    clock: () => split,
    logger,
    seed: config.model.seed,
    promote: true,
  });
  const target = (await app.server.listen()).replace('http://', '');
  await app.scorer.start();
  const history = new MetricsHistory(app, target, options.history);
  for (let time = split; time < until;) {
    const next = Math.min(until, time + (time > until - FINE_SECONDS ? FINE_STEP : COARSE_STEP));
    await player.playTo(next);
    now = next;
    await app.scorer.refresh();
    if (next > until - FINE_SECONDS) await app.quality.refresh();
    await history.record(next > until - FINE_SECONDS ? time : next - SCRAPE_SECONDS, next);
    time = next;
  }
  history.end();
  now = null;
  await haveIncidents(app, database);
  await app.startStatsd();
  const running = Promise.all([app.run(), keepActing(database, signal)]);
  await app.scorer.refresh();
  return {
    target,
    stop: async () => {
      abort.abort();
      await running;
      await database.close();
      finish();
    },
  };
}

/** One incident that is over and came true, and one that is open, of the DAG that is the riskiest. */
async function haveIncidents({ notifications, scorer }: App, database: Database): Promise<void> {
  const [riskiest, next] = [...scorer.board()!.dags].sort((a, b) => b.risk - a.risk).map(({ dag }) => dag);
  const ids: number[] = [];
  for (const [index, { deployment, dagId }] of [next!, riskiest!].entries()) {
    const labels = {
      ...{ alertname: 'OrcDagFailureRisk', severity: 'warning', kind: 'failure', deployment },
      ...{ dag_id: dagId, team: TEAMS[0]! },
    };
    const alert = { status: 'firing', labels, startsAt: new Date().toISOString(), fingerprint: `f${index}` };
    const [taken] = await notifications.takeDelivery({ version: '4', alerts: [alert] });
    ids.push(taken!.incidentId!);
  }
  const at = Date.now() / 1000;
  const outcome = { what: 'failed', runId: 'r', endedAt: at } as const;
  await database.transaction(async (connection) => {
    await changeIncident(connection, ids[0]!, { phase: 'closed', closed: { at, outcome } });
  });
}

/** Acts of which Airflow does one and refuses the next, as the ledger keeps them. */
async function keepActing(database: Database, signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    // On a busy machine a connection may come too late: the next turn acts again, and without acts the queries find nothing.
    await act(database, turn).catch(() => undefined);
    await sleep(5000, undefined, { signal }).catch(() => undefined);
  }
}

async function act(database: Database, turn: number): Promise<void> {
  const now = Date.now() / 1000;
  const runId = `run_${turn}`;
  const added = await addAction(
    database,
    {
      ...{ deployment: 'live', dagId: 'dag', runId, pool: null, incident: JSON.stringify(['dag', runId]) },
      ...{ cause: 'timeout', mode: 'automatic', state: 'approved', reason: 'a test', dueAt: now + HOUR },
      ...{ request: { kind: 'retry', dagId: 'dag', runId }, follows: null },
      ...{ arm: null, treatedProbability: null },
    },
    now,
  );
  const change =
    turn % 2 === 0
      ? ({ state: 'done', reason: 'Airflow has done it' } as const)
      : ({ state: 'refused', refusal: 'forbidden', reason: 'HTTP 403' } as const);
  await changeAction(database, added!.id, ['approved'], change, 'orc', now);
}

/** Writes each family at the end of the replay, since OpenMetrics wants the samples of one together. */
class MetricsHistory {
  readonly #app: App;
  readonly #target: string;
  readonly #file: string;
  readonly #families = new Map<string, { type: string; lines: string[] }>();

  constructor(app: App, target: string, file: string) {
    this.#app = app;
    this.#target = target;
    this.#file = file;
  }

  /** What a scrape now says, for each scrape in a span. */
  async record(from: number, until: number): Promise<void> {
    const page = await (await fetch(`http://${this.#target}/metrics`)).text();
    const board = this.#app.scorer.board();
    if (board === null) throw new Error('nothing is scored');
    let family: { type: string; lines: string[] } | undefined;
    for (const line of page.split('\n')) {
      const [, name, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
      if (name !== undefined && type !== undefined) {
        // Counters and clocks of this process would jump back where the live scrape takes over.
        const isKept = /^orc_(dag|task|pool|model)_/.test(name);
        family = isKept ? (this.#families.get(name) ?? { type, lines: [] }) : undefined;
        if (family !== undefined) this.#families.set(name, family);
      } else if (family !== undefined && line !== '' && !line.startsWith('#')) {
        const [, metric, labels, value] = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line)!;
        const all = [...(labels === undefined ? [] : [labels]), `instance="${this.#target}"`, 'job="orc"'];
        for (let time = from + SCRAPE_SECONDS; time <= until; time += SCRAPE_SECONDS) {
          family.lines.push(`${metric!}{${all.join(',')}} ${value!} ${time.toFixed(3)}`);
        }
      }
    }
  }

  end(): void {
    for (const [name, { lines }] of this.#families) {
      appendFileSync(this.#file, `# TYPE ${name} unknown\n`);
      for (let at = 0; at < lines.length; at += 50_000) {
        appendFileSync(this.#file, `${lines.slice(at, at + 50_000).join('\n')}\n`);
      }
    }
    appendFileSync(this.#file, '# EOF\n');
  }
}
