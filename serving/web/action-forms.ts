/** The forms of the page of actions: a decision, and the stop switch. */
import { Router, urlencoded, type Request } from 'express';
import type { ActionDesk } from '../action-desk.js';
import type { Gate } from '../auth/gate.js';
import { decisionBodySchema } from '../http/action-schemas.js';
import { decideAction, deskCaller, idOf, SWITCHES, VERDICTS } from '../http/actions.js';
import { parseBody } from '../http/parse-query.js';
import { requireOrigin, requireRole } from '../http/security.js';

const PAGE = '/actions';

/** Fields of a form; one that was left empty says nothing. */
function filledIn({ body }: Request): Record<string, unknown> {
  const fields = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(fields.filter(([, value]) => typeof value !== 'string' || value.trim() !== ''));
}

/** Mounted before the pages, which accept only GET. Every form ends on the page, which shows what came of it. */
export function createActionForms(desk: ActionDesk, gate: Gate): Router {
  const router = Router({ strict: true, caseSensitive: true });
  for (const [name, isStopped] of Object.entries(SWITCHES)) {
    router.post(`${PAGE}/${name}`, requireOrigin, requireRole(gate, 'admin'), async (request, response) => {
      await desk.setStopped(isStopped, deskCaller(request, response));
      response.redirect(303, PAGE);
    });
  }
  const fields = urlencoded({ extended: false, limit: '8kb' });
  for (const [name, verdict] of Object.entries(VERDICTS)) {
    router.post(
      `${PAGE}/:id/${name}`,
      requireOrigin,
      requireRole(gate, 'operator'),
      fields,
      async (request, response) => {
        const { why } = parseBody(decisionBodySchema, filledIn(request));
        await decideAction(desk, idOf(request), verdict, { ...deskCaller(request, response), why });
        response.redirect(303, PAGE);
      },
    );
  }
  return router;
}
