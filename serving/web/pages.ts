/** Routes of the web pages: overview, one DAG, incidents, actions, sources, models, sign-in, assets. */
import { Router, urlencoded, type Request, type Response } from 'express';
import type { IncidentList } from '../../alerts/index.js';
import type { Clock } from '../../core/clock.js';
import { errorMessage } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { ACTION_STATES } from '../../core/action-terms.js';
import type { ActionDesk } from '../action-desk.js';
import type { Gate } from '../auth/gate.js';
import { explainSafely } from '../http/api.js';
import { HttpError, onlyMethods } from '../http/errors.js';
import type { FailureSource } from '../http/failures.js';
import { findDag, requireBoard } from '../http/find-dag.js';
import { authorise, callerOf, requireOrigin, SESSION_COOKIE, tokenOf } from '../http/security.js';
import type { ScoreSource } from '../live/board.js';
import type { SourceStatus } from '../source-status.js';
import type { StatsdCounts } from '../statsd-metrics.js';
import { renderActions } from './actions-page.js';
import type { Assets } from './assets.js';
import { renderDagPage } from './dag-page.js';
import { renderIncidents } from './incidents-page.js';
import { renderModels, type ModelView } from './model-page.js';
import { renderSignIn } from './message-page.js';
import { renderOverview, selectDags, type OverviewFilter } from './overview-page.js';
import type { PageContext } from './page-context.js';
import { renderSources, sourceState } from './sources-page.js';

export interface PagesOptions {
  readonly scorer: ScoreSource;
  readonly failures: FailureSource;
  readonly gate: Gate;
  /** Wall clock. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  readonly assets: Assets;
  /** Called for every page; names every configured source from the start. */
  readonly collectorStatus: () => readonly SourceStatus[];
  readonly statsdCounts: () => readonly StatsdCounts[];
  /** Address of the Airflow of a deployment; null where none is configured. */
  readonly airflowUrl: (deployment: string) => string | null;
  /** What the page of models shows. */
  readonly models: () => Promise<ModelView>;
  /** What the page of incidents shows. */
  readonly incidents: (state: 'open' | 'closed') => Promise<IncidentList>;
  /** Null where there is no ledger of actions. */
  readonly desk: ActionDesk | null;
}

/** On the page of actions. */
const WAITING_ACTIONS = 50;
const LISTED_ACTIONS = 100;
/** Of which those that belong to an incident are named with it. */
const LOOKED_AT_ACTIONS = 500;
const SESSION_SECONDS = 12 * 3600;
const FOREVER = 'public, max-age=31536000, immutable';

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim().slice(0, 300) : '';
}

/** `Secure` when the browser came over https, which its Origin header tells even behind a proxy. */
function setSession(request: Request, response: Response, token: string): void {
  response.cookie(SESSION_COOKIE, token, {
    httpOnly: true,
    sameSite: 'strict',
    secure: request.headers.origin?.startsWith('https:') ?? false,
    maxAge: SESSION_SECONDS * 1000,
    path: '/',
  });
}

export function createPages(options: PagesOptions): Router {
  const { scorer, gate, clock, logger, assets, desk } = options;
  const router = Router({ strict: true, caseSensitive: true });

  const startedAt = clock();

  const countTroubled = (): number =>
    options
      .collectorStatus()
      .filter((source) => ['failing', 'silent'].includes(sourceState(source, clock()).name)).length;

  /** Pages stand without the store, too. */
  async function glance(): Promise<PageContext['actions']> {
    if (desk === null) return null;
    try {
      const [waiting, stop] = await Promise.all([
        desk.list({ states: ['proposed'], limit: WAITING_ACTIONS }),
        desk.stop(),
      ]);
      return { waiting: waiting.length, isStopped: stop !== null };
    } catch (error) {
      logger.error({ err: errorMessage(error) }, 'reading which actions wait failed');
      return { waiting: 0, isStopped: false };
    }
  }

  const contextOf = async (request: Request): Promise<PageContext> => ({
    board: scorer.board(),
    status: scorer.status(),
    now: clock(),
    troubledSources: countTroubled(),
    version: options.version,
    assetVersion: assets.version,
    role: callerOf(request)?.role ?? null,
    actions: await glance(),
    signedIn: request.headers.authorization === undefined && tokenOf(request) !== null,
  });

  router.get('/assets/:name', (request, response) => {
    const asset = assets.files.get(request.params.name);
    if (asset === undefined) throw new HttpError(404, 'not_found', 'There is no such file.');
    const isCurrent = request.query['v'] === assets.version;
    response
      .set('Cache-Control', isCurrent ? FOREVER : 'no-cache')
      .type(asset.type)
      .send(asset.content);
  });

  router.get('/sign-in', (_request, response) => {
    response.type('html').send(renderSignIn(null, assets.version));
  });

  const fields = urlencoded({ extended: false, limit: '2kb' });
  router.post('/sign-in', requireOrigin, fields, async (request, response) => {
    const token = textOf((request.body as Record<string, unknown> | undefined)?.['token']);
    if ((await gate.verify(token)) === null) {
      const problem = 'This token is unknown, expired or revoked.';
      response.status(401).type('html').send(renderSignIn(problem, assets.version));
      return;
    }
    setSession(request, response, token);
    response.redirect(303, '/');
  });

  router.post('/sign-out', requireOrigin, (_request, response) => {
    response.clearCookie(SESSION_COOKIE, { path: '/' });
    response.redirect(303, '/');
  });
  router.all(['/sign-in', '/sign-out'], onlyMethods('GET', 'HEAD', 'POST'));

  router.use(async (request, response, next) => {
    try {
      await authorise(gate, request, 'viewer');
    } catch (error) {
      const mustSignIn = error instanceof HttpError && error.status === 401 && request.method === 'GET';
      if (!mustSignIn || request.accepts('json', 'html') !== 'html') throw error;
      response.redirect(303, '/sign-in');
      return;
    }
    next();
  });
  router.use(onlyMethods('GET', 'HEAD'));

  router.get('/', async (request, response) => {
    const context = await contextOf(request);
    const filter: OverviewFilter = {
      search: textOf(request.query['q']),
      deployment: textOf(request.query['deployment']),
    };
    const { board } = context;
    const explained =
      board === null
        ? new Map()
        : await explainSafely(scorer, logger, board, selectDags(board, filter).cards);
    response.type('html').send(renderOverview(context, filter, explained));
  });

  router.get('/sources', async (request, response) => {
    const view = { sources: options.collectorStatus(), statsd: options.statsdCounts(), startedAt };
    response.type('html').send(renderSources(await contextOf(request), view));
  });

  router.get('/models', async (request, response) => {
    response.type('html').send(renderModels(await contextOf(request), await options.models()));
  });

  router.get('/incidents', async (request, response) => {
    const [open, closed, actions] = await Promise.all([
      options.incidents('open'),
      options.incidents('closed'),
      desk === null ? [] : desk.list({ limit: LOOKED_AT_ACTIONS }),
    ]);
    response.type('html').send(renderIncidents(await contextOf(request), { open, closed, actions }));
  });

  if (desk !== null)
    router.get('/actions', async (request, response) => {
      const [waiting, latest, stop, summary] = await Promise.all([
        desk.list({ states: ['proposed'], limit: WAITING_ACTIONS + 1 }),
        desk.list({ states: ACTION_STATES.filter((state) => state !== 'proposed'), limit: LISTED_ACTIONS }),
        desk.stop(),
        desk.summary(),
      ]);
      const view = {
        waiting: waiting.slice(0, WAITING_ACTIONS).reverse(),
        moreWait: waiting.length > WAITING_ACTIONS,
        ...{ latest, stop, summary },
      };
      response.type('html').send(renderActions(await contextOf(request), view));
    });

  router.get('/dags/:dagId', async (request, response) => {
    const board = requireBoard(scorer);
    const deployment = textOf(request.query['deployment']);
    const risk = findDag(board, request.params.dagId, deployment === '' ? undefined : deployment);
    const explained = await explainSafely(scorer, logger, board, [risk]);
    const failures = await options.failures(board, risk);
    const context = await contextOf(request);
    const isInAirflow = options.airflowUrl(risk.dag.deployment) !== null;
    response
      .type('html')
      .send(renderDagPage(context, board, risk, explained.get(risk), failures, isInAirflow));
  });

  /** For links that know only ORC, such as those of dashboards over several Airflows. */
  router.get('/dags/:dagId/airflow', (request, response) => {
    const deployment = textOf(request.query['deployment']);
    const { dag } = findDag(
      requireBoard(scorer),
      request.params.dagId,
      deployment === '' ? undefined : deployment,
    );
    const url = options.airflowUrl(dag.deployment);
    if (url === null) {
      const message = `No address of the Airflow of deployment ${JSON.stringify(dag.deployment)} is configured (deployments[].url).`;
      throw new HttpError(404, 'not_found', message);
    }
    response.redirect(302, `${url.replace(/\/+$/, '')}/dags/${encodeURIComponent(dag.dagId)}`);
  });
  return router;
}
