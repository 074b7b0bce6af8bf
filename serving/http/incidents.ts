/** Where Alertmanager delivers alerts, Slack tells of presses of buttons, and incidents are listed. */
import { json, raw, Router } from 'express';
import { readIncidentList, type Notifications } from '../../alerts/index.js';
import type { Database } from '../../core/database/port.js';
import type { Gate } from '../auth/gate.js';
import { HttpError, onlyMethods } from './errors.js';
import { incidentsQuerySchema, type IncidentsJson } from './incident-schemas.js';
import { parseQuery } from './parse-query.js';
import { presentIncidents } from './present-incident.js';
import { requireRole } from './security.js';

/** A delivery of 1,000 alerts takes about 1 MB. */
const MOST_BODY = '4mb';
/** Slack sends the whole message along. */
const MOST_PRESS = '256kb';

export type IncidentFace = Pick<
  Notifications,
  'takeDelivery' | 'takePress' | 'counts' | 'notUseful' | 'standing'
>;

/** Mounted before what needs the role viewer: a press is authenticated by its signature alone. */
export function createIncidentRoutes(
  incidents: IncidentFace,
  database: Pick<Database, 'query'>,
  gate: Gate,
): Router {
  const router = Router({ strict: true, caseSensitive: true });

  router.all('/api/v1/incidents', onlyMethods('GET', 'HEAD'));
  router.get('/api/v1/incidents', requireRole(gate, 'viewer'), async (request, response) => {
    const filter = parseQuery(incidentsQuerySchema, request);
    response.json(presentIncidents(await readIncidentList(database, filter)) satisfies IncidentsJson);
  });

  router.all('/api/v1/alerts', onlyMethods('POST'));
  router.post(
    '/api/v1/alerts',
    requireRole(gate, 'operator'),
    json({ limit: MOST_BODY, type: () => true }),
    async (request, response) => {
      const taken = await incidents.takeDelivery(request.body);
      response.json({
        alerts: taken.map(({ incidentId, decision }) => ({ incident_id: incidentId, decision })),
      });
    },
  );

  router.all('/slack/interactions', onlyMethods('POST'));
  router.post(
    '/slack/interactions',
    raw({ limit: MOST_PRESS, type: () => true }),
    async (request, response) => {
      if (incidents.takePress === null) {
        throw new HttpError(
          404,
          'not_found',
          'Buttons of Slack are not set up: notifications.slack.signing_secret is missing.',
        );
      }
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const verdict = await incidents.takePress({
        body,
        timestamp: request.get('X-Slack-Request-Timestamp'),
        signature: request.get('X-Slack-Signature'),
      });
      if (verdict !== 'done') throw new HttpError(401, 'unauthorized', refusals[verdict]);
      // Slack shows nothing of an empty 200; the message itself changes.
      response.status(200).end();
    },
  );
  return router;
}

const refusals = {
  missing: 'The signature of Slack is missing.',
  forged: 'The signature is not that of Slack.',
  too_old: 'The request is too old, or the clocks differ by more than five minutes.',
  replayed: 'This request was acted on before.',
} as const;
