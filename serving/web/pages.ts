/** Routes of the web pages: overview, one DAG, incidents, sources, models, sign-in, assets. */
import { Router, urlencoded, type Request, type Response } from 'express';
import type { IncidentList } from '../../alerts/index.js';
import type { Clock } from '../../core/clock.js';
import type { Logger } from '../../core/logger.js';
import type { Gate } from '../auth/gate.js';
import { explainSafely } from '../http/api.js';
import { HttpError, onlyMethods } from '../http/errors.js';
import type { FailureSource } from '../http/failures.js';
import { findDag, requireBoard } from '../http/find-dag.js';
import { authorise, SESSION_COOKIE, tokenOf } from '../http/security.js';
import type { ScoreSource } from '../live/board.js';
import type { SourceStatus } from '../source-status.js';
import type { StatsdCounts } from '../statsd-metrics.js';
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
  /** What the page of models shows. */
  readonly models: () => Promise<ModelView>;
  /** What the page of incidents shows. */
  readonly incidents: (state: 'open' | 'closed') => Promise<IncidentList>;
}

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

/** Browsers name their origin in every POST; without one, a form elsewhere could have sent it. */
function requireOrigin(request: Request): void {
  if (request.headers.origin === undefined) {
    throw new HttpError(403, 'origin_required', 'This request needs an Origin header.');
  }
}

export function createPages(options: PagesOptions): Router {
  const { scorer, gate, clock, logger, assets } = options;
  const router = Router({ strict: true, caseSensitive: true });

  const startedAt = clock();

  const countTroubled = (): number =>
    options
      .collectorStatus()
      .filter((source) => ['failing', 'silent'].includes(sourceState(source, clock()).name)).length;

  const contextOf = (request: Request): PageContext => ({
    board: scorer.board(),
    status: scorer.status(),
    now: clock(),
    troubledSources: countTroubled(),
    version: options.version,
    assetVersion: assets.version,
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

  router.post('/sign-in', urlencoded({ extended: false, limit: '2kb' }), async (request, response) => {
    requireOrigin(request);
    const token = textOf((request.body as Record<string, unknown> | undefined)?.['token']);
    if ((await gate.verify(token)) === null) {
      const problem = 'This token is unknown, expired or revoked.';
      response.status(401).type('html').send(renderSignIn(problem, assets.version));
      return;
    }
    setSession(request, response, token);
    response.redirect(303, '/');
  });

  router.post('/sign-out', (request, response) => {
    requireOrigin(request);
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
    const context = contextOf(request);
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

  router.get('/sources', (request, response) => {
    const view = { sources: options.collectorStatus(), statsd: options.statsdCounts(), startedAt };
    response.type('html').send(renderSources(contextOf(request), view));
  });

  router.get('/models', async (request, response) => {
    response.type('html').send(renderModels(contextOf(request), await options.models()));
  });

  router.get('/incidents', async (request, response) => {
    const [open, closed] = await Promise.all([options.incidents('open'), options.incidents('closed')]);
    response.type('html').send(renderIncidents(contextOf(request), { open, closed }));
  });

  router.get('/dags/:dagId', async (request, response) => {
    const board = requireBoard(scorer);
    const deployment = textOf(request.query['deployment']);
    const risk = findDag(board, request.params.dagId, deployment === '' ? undefined : deployment);
    const explained = await explainSafely(scorer, logger, board, [risk]);
    const failures = await options.failures(board, risk);
    response.type('html').send(renderDagPage(contextOf(request), board, risk, explained.get(risk), failures));
  });
  return router;
}
