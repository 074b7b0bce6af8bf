/** The engine of actions in this process: real facts, a real ledger, and the REST API of a real Airflow. */
import { createActionEngine, decideProposed, listActions, promote, sitesOf } from '../../actions/index.js';
import type { ActionEngine, EngineOptions, LedgerAction } from '../../actions/index.js';
import { collectAirflow } from '../../collector/airflow/index.js';
import type { ActionKind } from '../../core/action-terms.js';
import { configSchema, type DeploymentConfig } from '../../core/config/schema.js';
import { openDatabase } from '../../core/database/open.js';
import { connect } from '../../core/database/pool.js';
import type { Database } from '../../core/database/port.js';
import { silentLogger } from '../../core/logger.js';

const COLLECTED = 'collected';
const logger = silentLogger();

/** A store with what was collected, of which each trial gets a copy: they begin alike, and share nothing. */
export class CollectedStore {
  #trials = 0;

  /** @param serverUrl of a database of a server on which others may be made */
  constructor(
    private readonly serverUrl: string,
    private readonly airflowUrl: string,
  ) {}

  #urlOf(name: string): string {
    const url = new URL(this.serverUrl);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** One collection; the first one is history, about which nothing is done. Returns the runs of whose failure the log was read. */
  async collect(): Promise<string[]> {
    const database = await openDatabase({ databaseUrl: this.#urlOf(COLLECTED), dataDir: '/', logger });
    try {
      const clock = (): number => Date.now() / 1000;
      const signal = new AbortController().signal;
      await collectAirflow(deploymentAt(this.airflowUrl), { database, logger, clock, signal, since: 0 });
      const known = await database.query<{ run_id: string }>('SELECT run_id FROM failure_reason_fact');
      return known.map(({ run_id }) => run_id);
    } finally {
      await database.close();
    }
  }

  /** @param airflowUrl through which the trial acts; default straight */
  async trial(airflowUrl = this.airflowUrl): Promise<Trial> {
    const name = `trial_${++this.#trials}`;
    const admin = await connect(this.serverUrl, { logger, applicationName: 'orc test' });
    try {
      await admin.execute(`CREATE DATABASE ${name} TEMPLATE ${COLLECTED}`);
    } finally {
      await admin.close();
    }
    const database = await connect(this.#urlOf(name), { logger, applicationName: 'orc test' });
    return new Trial(database, airflowUrl);
  }
}

/** `timeout_seconds` is long for an Airflow that has to share two cores, and short enough to wait for. */
function deploymentAt(url: string, acting = 'admin'): DeploymentConfig {
  const user = (name: string) => ({ username: name, password: name });
  const deployment = { name: 'stack', url, ...user('viewer'), acting: user(acting), timeout_seconds: 10 };
  return configSchema.parse({ deployments: [deployment] }).deployments[0]!;
}

export interface TrialSettings {
  readonly actions?: Readonly<Record<string, unknown>>;
  /** User that acts; null: none is configured. */
  readonly acting?: string | null;
  readonly change?: Partial<EngineOptions>;
}

export class Trial {
  /** Seconds by which the clock of the engine is ahead. */
  ahead = 0;
  readonly clock = (): number => Date.now() / 1000 + this.ahead;

  constructor(
    readonly database: Database,
    private readonly airflowUrl: string,
  ) {}

  /** Nothing is held out, and what fails is retried at once after approval, unless the settings say otherwise. */
  engine({ actions = {}, acting = 'admin', change = {} }: TrialSettings = {}): ActionEngine {
    const deployment = deploymentAt(this.airflowUrl, acting ?? 'admin');
    const noCredential = { username: null, password: null, token: null };
    const deployments = [
      acting === null ? { ...deployment, acting: { ...deployment.acting, ...noCredential } } : deployment,
    ];
    const retry = { mode: 'approve', delay_minutes: 0, note: false };
    const { actions: config } = configSchema.parse({ actions: { held_out_share: 0, retry, ...actions } });
    return createActionEngine({
      ...{ database: this.database, config, clock: this.clock, logger },
      ...sitesOf(deployments, { logger }),
      collectedAt: this.clock,
      riskOf: () => null,
      calibrationError: () => null,
      ...change,
    });
  }

  /** As if the benefit had been measured. */
  earn(kind: ActionKind): Promise<void> {
    return promote(this.database, { deployment: 'stack', kind }, 'measured', 'ada', this.clock());
  }

  /** The latest first, without those of the past. */
  async actions(): Promise<LedgerAction[]> {
    return (await listActions(this.database, { limit: 1000 })).filter(({ runId }) => runId !== 'past');
  }

  /** The one action of a kind about a DAG or pool. */
  async action(kind: ActionKind, subject: string): Promise<LedgerAction> {
    const all = await this.actions();
    const found = all.filter((row) => row.kind === kind && (row.dagId === subject || row.pool === subject));
    if (found.length !== 1)
      throw new Error(`${found.length} actions ${kind} about ${subject}: ${JSON.stringify(all)}`);
    return found[0]!;
  }

  async approve(kind: ActionKind, subject: string): Promise<void> {
    const { id } = await this.action(kind, subject);
    const decider = { who: 'ann', why: 'go on', requestId: null };
    const { is } = await decideProposed(this.database, id, 'approved', decider, this.clock());
    if (is !== 'decided') throw new Error(`action ${id} could not be approved: ${is}`);
  }

  /** A call of the past on a DAG, about another run. */
  async addPast(
    dagId: string,
    minutesAgo: number,
    { helped, state = 'done' }: { readonly helped: boolean | null; readonly state?: 'done' | 'calling' },
  ): Promise<void> {
    await this.database.execute(
      `INSERT INTO action (deployment, dag_id, run_id, incident, kind, cause, mode, drawn_at, state, reason, request, before, due_at,
         decided_by, changed_at, called_at, helped)
       SELECT 'stack', $1, 'past', 'past ' || $1 || $2, 'retry', 'transient_infrastructure', 'approve', at, $3, 'made up',
         json_build_object('kind', 'retry', 'dagId', $1::text, 'runId', 'past'), '{"failed": []}', at, 'ann', at, at, $4
       FROM (SELECT to_timestamp($5::double precision) AS at) AS time`,
      [dagId, String(minutesAgo), state, helped, this.clock() - minutesAgo * 60],
    );
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
