/** /api/v1/actions: what waits for a decision, what was done, approval, and the stop switch. */
import { json, Router, type Request, type Response } from 'express';
import type { ActionDesk, DeskAction, DeskCaller } from '../action-desk.js';
import type { Gate } from '../auth/gate.js';
import {
  actionsQuerySchema,
  decisionBodySchema,
  type ActionJson,
  type ActionReportJson,
  type ActionsJson,
  type StopJson,
} from './action-schemas.js';
import { HttpError, onlyMethods } from './errors.js';
import { parseBody, parseQuery } from './parse-query.js';
import { presentAction, presentReport, presentStop } from './present-action.js';
import { callerOf, requestIdOf, requireRole } from './security.js';

const PATH = '/api/v1/actions';
const MOST_BODY = '16kb';
const ID = /^[1-9]\d{0,14}$/;

/** By the last part of the path. */
export const VERDICTS = { approve: 'approved', reject: 'rejected' } as const;
export const SWITCHES = { stop: true, resume: false } as const;

/** Who asks, by the name of the token, and under which id that is kept. */
export function deskCaller(request: Request, response: Response): DeskCaller {
  const caller = callerOf(request);
  if (caller === null) throw new HttpError(401, 'unauthorized', 'An API token is required.');
  return { who: caller.name, requestId: requestIdOf(request, response) };
}

/**
 * Decides, or finds that the same was said before.
 * @throws HttpError 404 for an unknown id, 409 with the state that the action has when it is not proposed any more.
 */
export async function decideAction(
  desk: ActionDesk,
  id: string,
  verdict: 'approved' | 'rejected',
  decider: DeskCaller & { readonly why: string },
): Promise<DeskAction> {
  const decision = ID.test(id) ? await desk.decide(Number(id), verdict, decider) : null;
  if (decision === null || decision.is === 'unknown') throw unknownAction(id);
  const { is, action } = decision;
  if (is !== 'conflict') return action;
  const { state, decidedBy } = action;
  throw new HttpError(
    409,
    'conflict',
    `Action ${id} is ${state} (by ${decidedBy}), not proposed: nothing was changed.`,
    {},
    { state, decided_by: decidedBy },
  );
}

export const idOf = ({ params }: Request): string => String(params['id']);

const unknownAction = (id: string): HttpError =>
  new HttpError(404, 'not_found', `There is no action ${JSON.stringify(id)}.`);

/** Mounted before what accepts only GET. */
export function createActionRoutes(desk: ActionDesk, gate: Gate): Router {
  const router = Router({ strict: true, caseSensitive: true });
  const viewer = requireRole(gate, 'viewer');
  const body = json({ limit: MOST_BODY, type: () => true });

  router.all([PATH, `${PATH}/report`], onlyMethods('GET', 'HEAD'));
  router.get(PATH, viewer, async (request, response) => {
    const { state, deployment, dag_id: dagId, limit, before } = parseQuery(actionsQuerySchema, request);
    const states = state === undefined ? undefined : [state];
    // One more than asked for tells whether there is a next page.
    const [found, stop] = await Promise.all([
      desk.list({ states, deployment, dagId, before, limit: limit + 1 }),
      desk.stop(),
    ]);
    const shown = found.slice(0, limit);
    response.json({
      ...presentStop(stop),
      actions: shown.map(presentAction),
      next_before: found.length > limit ? shown.at(-1)!.id : null,
    } satisfies ActionsJson);
  });
  router.get(`${PATH}/report`, viewer, async (_request, response) => {
    const [report, stop] = await Promise.all([desk.report(), desk.stop()]);
    response.json(presentReport(report, stop) satisfies ActionReportJson);
  });

  for (const [name, isStopped] of Object.entries(SWITCHES)) {
    const path = `${PATH}/${name}`;
    router.all(path, onlyMethods('POST'));
    router.post(path, requireRole(gate, 'admin'), async (request, response) => {
      await desk.setStopped(isStopped, deskCaller(request, response));
      response.json(presentStop(await desk.stop()) satisfies StopJson);
    });
  }

  router.all(`${PATH}/:id`, onlyMethods('GET', 'HEAD'));
  router.get(`${PATH}/:id`, viewer, async (request, response) => {
    const id = idOf(request);
    const action = ID.test(id) ? await desk.find(Number(id)) : null;
    if (action === null) throw unknownAction(id);
    response.json(presentAction(action) satisfies ActionJson);
  });
  for (const [name, verdict] of Object.entries(VERDICTS)) {
    router.all(`${PATH}/:id/${name}`, onlyMethods('POST'));
    router.post(`${PATH}/:id/${name}`, requireRole(gate, 'operator'), body, async (request, response) => {
      const { why } = parseBody(decisionBodySchema, request.body);
      const decider = { ...deskCaller(request, response), why };
      const action = await decideAction(desk, idOf(request), verdict, decider);
      response.json(presentAction(action) satisfies ActionJson);
    });
  }
  return router;
}
