/** An engine on a real store and a made-up Airflow with one failed task per run, and a pool. */
import type { AirflowSite, SitePool } from '../../../actions/airflow/site.js';
import { createActionEngine, listActions, promote } from '../../../actions/index.js';
import type { ActionEngine, EngineOptions, LedgerAction } from '../../../actions/index.js';
import type { ActionKind } from '../../../core/action-terms.js';
import { actionsSchema } from '../../../core/config/actions.js';
import { writeDagRuns, writeDags, writeFailureReasons, writePools } from '../../../core/fact-log/write.js';
import type { FailureClass, PoolObservation } from '../../../core/facts.js';
import { silentLogger } from '../../../core/logger.js';
import { dagRunObservation } from '../../core/fact-log/observations.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

export const START = 1_800_000_000;
export const MINUTE = 60;

type Faked =
  | 'version'
  | 'dag'
  | 'run'
  | 'failedInstances'
  | 'clearFailed'
  | 'pool'
  | 'resizePool'
  | 'setNote'
  | 'trigger';

/** A clearing makes the run go on. */
export class FakeSite implements Pick<AirflowSite, Faked> {
  readonly version = '3.2.1';
  readonly states = new Map<string, string>();
  readonly notes = new Map<string, string>();
  readonly pools = new Map<string, SitePool>();
  cleared: string[] = [];
  resized: string[] = [];
  switched: string[] = [];
  /** DAGs that were started, with what they were given. */
  started: [string, object][] = [];
  /** Thrown by the next real change. */
  fault: { readonly error: Error; readonly isDone: boolean } | null = null;

  #state = (runId: string): string => this.states.get(runId) ?? 'failed';

  #change(make: () => void): Promise<void> {
    const { fault } = this;
    this.fault = null;
    if (fault === null || fault.isDone) make();
    return fault === null ? Promise.resolve() : Promise.reject(fault.error);
  }

  readonly paused = new Set<string>();

  dag = (dagId: string) => Promise.resolve({ isActive: true, isPaused: this.paused.has(dagId) });
  setPaused = (dagId: string, isPaused: boolean) =>
    this.#change(() => {
      if (isPaused) this.paused.add(dagId);
      else this.paused.delete(dagId);
      this.switched.push(`${isPaused ? 'pause' : 'unpause'} ${dagId}`);
    });
  /** Runs under an id of ours are not there before they are started. */
  run = (_dagId: string, runId: string) =>
    Promise.resolve(
      runId.startsWith('orc__') && !this.states.has(runId)
        ? null
        : { state: this.#state(runId), note: this.notes.get(runId) ?? null, endedAt: null },
    );
  trigger = (dagId: string, runId: string, conf: object) =>
    this.#change(() => {
      this.started.push([dagId, conf]);
      this.states.set(runId, 'queued');
    });
  failedInstances = (_dagId: string, runId: string) =>
    Promise.resolve(
      this.#state(runId) === 'failed'
        ? [{ taskId: 'extract', mapIndex: -1, tryNumber: 1, state: 'failed' }]
        : [],
    );
  hasDeadlines = () => Promise.resolve(null);
  clearFailed = async (_dagId: string, runId: string, dryRun: boolean) => {
    if (!dryRun)
      await this.#change(() => {
        this.cleared.push(runId);
        this.states.set(runId, 'queued');
      });
    return [{ taskId: 'extract', mapIndex: -1 }];
  };
  pool = (name: string) => Promise.resolve(this.pools.get(name) ?? null);
  resizePool = (name: string, pool: SitePool, slots: number) =>
    this.#change(() => {
      this.pools.set(name, { ...pool, slots });
      this.resized.push(`${name} ${slots}`);
    });
  setNote = (_dagId: string, runId: string, note: string) => this.#change(() => this.notes.set(runId, note));
}

export class EngineHarness {
  readonly site = new FakeSite();
  now = START + 5;

  private constructor(readonly store: TemporaryDatabase) {}

  static async start(): Promise<EngineHarness> {
    return new EngineHarness(await temporaryDatabase());
  }

  /** Nothing is held out, and notes are off, unless the settings say otherwise. */
  engine(settings: Record<string, unknown> = {}, change: Partial<EngineOptions> = {}): ActionEngine {
    const retry = { mode: 'automatic', note: false, ...(settings['retry'] as object | undefined) };
    return createActionEngine({
      database: this.store.database,
      config: actionsSchema.parse({ held_out_share: 0, ...settings, retry }),
      clock: () => this.now,
      logger: silentLogger(),
      withSite: () => (work) => work(this.site),
      readRun: (_deployment, dagId, runId) => this.site.run(dagId, runId),
      closeSites: () => Promise.resolve(),
      collectedAt: () => this.now - 10,
      riskOf: () => null,
      calibrationError: () => null,
      ...change,
    });
  }

  /** As if the benefit had been measured. */
  earn(kind: ActionKind = 'retry'): Promise<void> {
    return promote(this.store.database, { deployment: 'prod', kind }, 'measured', 'ada', this.now);
  }

  /** A run fails now, as the collector would tell of it. */
  async fail(
    runId: string,
    failureClass: FailureClass,
    dagId = 'orders',
    template: string | null = null,
  ): Promise<void> {
    const { now } = this;
    const run = { deployment: 'prod', dagId, runId };
    const live = { source: 'test', knownAt: now, visibilityAssumed: false };
    await this.store.database.transaction(async (connection) => {
      const times = { runAfter: now - 60, queuedAt: now - 60, startedAt: now - 59, endedAt: now };
      await writeDagRuns(connection, [dagRunObservation({ ...run, ...times, state: 'failed' })], live);
      const reason = {
        ...run,
        ...{ taskId: 'extract', mapIndex: -1, tryNumber: 1, pool: null, failureClass, rule: null },
        ...{ templateId: template, template, evidence: 'x', unread: null, endedAt: now },
      };
      await writeFailureReasons(connection, [reason], live);
    });
  }

  /** A pool is as it is said from now on; what it has is also what Airflow says. */
  async pool(pool: string, slots: number, occupiedSlots: number, scheduledSlots: number): Promise<void> {
    const seen = { deployment: 'prod', pool, slots, occupiedSlots, scheduledSlots };
    const observation: PoolObservation = {
      ...seen,
      runningSlots: occupiedSlots,
      queuedSlots: 0,
      deferredSlots: 0,
    };
    const live = { source: 'test', knownAt: this.now, visibilityAssumed: false };
    await this.store.database.transaction((connection) => writePools(connection, [observation], live));
    this.site.pools.set(pool, { slots, includeDeferred: false, description: null });
  }

  /** A DAG is paused, or goes on, as the collector would tell of it. */
  async tellPaused(dagId: string, isPaused: boolean): Promise<void> {
    const live = { source: 'test', knownAt: this.now, visibilityAssumed: false };
    const dag = {
      ...{ deployment: 'prod', dagId, isPaused, isActive: true, schedule: null, owners: [], tags: [] },
      ...{ nextRunAfter: null, fileLocation: null },
    };
    await this.store.database.transaction((connection) => writeDags(connection, [dag], live));
  }

  /** A run succeeds now. */
  async succeed(runId: string, dagId: string): Promise<void> {
    const live = { source: 'test', knownAt: this.now, visibilityAssumed: false };
    const times = {
      runAfter: this.now - 60,
      queuedAt: this.now - 60,
      startedAt: this.now - 59,
      endedAt: this.now,
    };
    const run = dagRunObservation({ deployment: 'prod', dagId, runId, ...times, state: 'success' });
    await this.store.database.transaction((connection) => writeDagRuns(connection, [run], live));
  }

  ledger(): Promise<LedgerAction[]> {
    return listActions(this.store.database, { limit: 100 });
  }

  async states(): Promise<string[]> {
    return (await this.ledger()).map(({ state }) => state);
  }
}
