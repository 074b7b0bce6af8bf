/** The HTTP server: metrics, health, API and pages behind one set of checks. */
import { createServer as createHttpServer } from 'node:http';
import express, { type Express } from 'express';
import { systemClock, type Clock } from '../../core/clock.js';
import {
  readIncidentList,
  type DagTraits,
  type Thresholds,
  type WarningQuality,
} from '../../alerts/index.js';
import type { Database } from '../../core/database/port.js';
import type { Logger } from '../../core/logger.js';
import { createGate } from '../auth/gate.js';
import { countUsableTokens } from '../auth/tokens.js';
import { CONTENT_TYPES, negotiateFormat } from '../exposition.js';
import type { AirflowView } from '../live/airflow-follower.js';
import type { ScoreSource } from '../live/board.js';
import type { QualityView } from '../../model/quality/quality-follower.js';
import type { ScoreWriterStatus } from '../../model/quality/score-writer.js';
import { listVersions } from '../../model/registry/registry.js';
import { createMetrics } from '../metrics.js';
import type { SourceStatus } from '../source-status.js';
import type { StatsdCounts } from '../statsd-metrics.js';
import { createActionForms } from '../web/action-forms.js';
import { loadAssets } from '../web/assets.js';
import { renderError } from '../web/message-page.js';
import { createPages } from '../web/pages.js';
import { createApi } from './api.js';
import { handleErrors, HttpError, onlyMethods } from './errors.js';
import { createFailureSource } from './failures.js';
import { requireBoard } from './find-dag.js';
import { assertSafeToListen, createHostPolicy, isLoopback } from './hosts.js';
import type { ActionDesk } from '../action-desk.js';
import type { ActionMetrics } from '../action-metrics.js';
import { createActionRoutes } from './actions.js';
import { createIncidentRoutes, type IncidentFace } from './incidents.js';
import { listenOn, urlOf } from './listen.js';
import { checkHostAndOrigin, requireRole, securityHeaders, timeLimit } from './security.js';

export interface ServerOptions {
  /** Address to listen on, such as `127.0.0.1`. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Names accepted in Host and Origin beside loopback names and `host`. */
  readonly allowedHosts: readonly string[];
  /** Serve /metrics without a token even where tokens are required. */
  readonly metricsPublic: boolean;
  /** At most this many DAGs, the riskiest, get series; all of them unless given. */
  readonly dagSeriesLimit?: number;
  /** At most this many tasks, the riskiest, get a series. */
  readonly taskSeriesLimit: number;
  readonly scorer: ScoreSource;
  /** Holds the API tokens. */
  readonly database: Database;
  /** Health of each configured source; called at every scrape. */
  readonly collectorStatus: () => readonly SourceStatus[];
  /** StatsD intake of each deployment that has it; called at every scrape. */
  readonly statsdCounts?: () => readonly StatsdCounts[];
  /** At which risks to warn; no thresholds are told without it. */
  readonly thresholds?: (dag: DagTraits) => Thresholds;
  /** The team of a DAG, null where it has none; no teams are told without it. */
  readonly teamOf?: (dag: DagTraits) => string | null;
  /** Live quality; called at every scrape and for the page of models. */
  readonly quality?: () => QualityView | null;
  /** Counts of stored scores; absent where none are stored. */
  readonly scoresStored?: () => ScoreWriterStatus;
  /** Address of the Airflow of a deployment, null where none is configured; no page leads there without it. */
  readonly airflowUrl?: (deployment: string) => string | null;
  /** What is known of Airflow itself; called at every scrape. */
  readonly airflow?: () => AirflowView;
  /** Tasks that one worker of a deployment runs at once, where that is known. */
  readonly workerSlots?: ReadonlyMap<string, number>;
  /** How warnings turned out; called at every scrape. */
  readonly warningQuality?: () => readonly WarningQuality[];
  /** What the ledger of actions says; called at every scrape. */
  readonly actions?: () => ActionMetrics | null;
  /** The ledger of actions; absent where there is none. */
  readonly actionDesk?: ActionDesk;
  /** Takes alerts in and counts messages; absent where there are none. */
  readonly incidents?: IncidentFace;
  readonly logger: Logger;
  /** Of ORC AI, for pages and the API description. */
  readonly version: string;
  /** Wall clock. */
  readonly clock?: Clock;
}

export interface Server {
  /**
   * Starts to listen and returns the address, such as `http://127.0.0.1:9810`.
   * Throws `usage` beyond loopback without a token, `conflict` when the port is taken.
   */
  listen(): Promise<string>;
  /** Null while not listening. */
  readonly address: string | null;
  /** Lets requests finish for a few seconds, then cuts them off. */
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;
const CLOSE_GRACE_MS = 3_000;
/** On the page, of those that go on and of those that are over. */
const LISTED_INCIDENTS = 100;

function createApp(options: ServerOptions): Express {
  const { scorer, database, logger } = options;
  const clock = options.clock ?? systemClock;
  const gate = createGate({ database, beyondLoopback: !isLoopback(options.host), clock, logger });
  const failures = createFailureSource(database, logger);
  const metrics = createMetrics(options);
  const assets = loadAssets();
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.enable('strict routing').enable('case sensitive routing');
  app.use(securityHeaders, checkHostAndOrigin(createHostPolicy(options.host, options.allowedHosts)));
  app.use(timeLimit(REQUEST_TIMEOUT_MS));

  app.all(['/-/healthy', '/-/ready', '/metrics'], onlyMethods('GET', 'HEAD'));
  app.get('/-/healthy', (_request, response) => {
    response.json({ status: 'healthy' });
  });
  app.get('/-/ready', (_request, response) => {
    const board = requireBoard(scorer);
    response.json({
      status: 'ready',
      model_version: board.model.version,
      score_age_seconds: Math.max(0, Math.round((clock() - board.refreshedAt) * 1000) / 1000),
    });
  });

  const viewer = requireRole(gate, 'viewer');
  app.get('/metrics', ...(options.metricsPublic ? [] : [viewer]), async (request, response) => {
    const format = negotiateFormat(request.headers.accept);
    const body = await metrics.render(format);
    response.set('Vary', 'Accept').set('Content-Type', CONTENT_TYPES[format]).end(body);
  });
  if (options.incidents !== undefined) app.use(createIncidentRoutes(options.incidents, database, gate));
  if (options.actionDesk !== undefined) app.use(createActionRoutes(options.actionDesk, gate));
  app.use('/api/v1', viewer, createApi(scorer, failures, logger, options.version));
  const { collectorStatus, statsdCounts = () => [], version } = options;
  const models = async () => ({
    versions: await listVersions(database),
    quality: options.quality?.() ?? null,
    stored: options.scoresStored?.() ?? null,
  });
  const sources = { collectorStatus, statsdCounts };
  const incidents = (state: 'open' | 'closed') =>
    readIncidentList(database, { state, limit: LISTED_INCIDENTS });
  const desk = options.actionDesk ?? null;
  if (desk !== null) app.use(createActionForms(desk, gate));
  app.use(
    createPages({
      desk,
      scorer,
      failures,
      gate,
      clock,
      logger,
      assets,
      version,
      models,
      incidents,
      airflowUrl: options.airflowUrl ?? (() => null),
      ...sources,
    }),
  );
  app.use((request) => {
    throw new HttpError(404, 'not_found', `${request.path} does not exist.`);
  });
  app.use(handleErrors(logger, (status, message) => renderError(status, message, assets.version)));
  return app;
}

/** Nothing listens before {@link Server.listen}. */
export function createServer(options: ServerOptions): Server {
  const server = createHttpServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: 10_000 },
    createApp(options),
  );
  server.keepAliveTimeout = 65_000;

  return {
    async listen() {
      const usable = isLoopback(options.host) ? 0 : await countUsableTokens(options.database, options.clock);
      assertSafeToListen(options.host, usable);
      await listenOn(server, options.host, options.port);
      return urlOf(server);
    },
    get address() {
      return server.listening ? urlOf(server) : null;
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeIdleConnections();
      const cutOff = setTimeout(() => {
        server.closeAllConnections();
      }, CLOSE_GRACE_MS);
      await closed;
      clearTimeout(cutOff);
    },
  };
}
