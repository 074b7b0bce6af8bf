/** The JSON of /api/v1/incidents. */
import { z } from 'zod';
import { INCIDENT_KINDS, INCIDENT_STATES } from '../../alerts/index.js';

const time = z.iso.datetime();
const NAME = 'expected one name that is not empty';
const LIMIT = 'expected a whole number from 1 to 1000';
const name = z.string(NAME).min(1, NAME).optional();

export const incidentsQuerySchema = z.strictObject({
  state: z
    .enum(INCIDENT_STATES, 'expected open, closed or all')
    .default('open')
    .meta({ description: 'Those that go on, those that are over, or both.' }),
  deployment: name.meta({ description: 'Only of this deployment.' }),
  kind: z
    .enum(INCIDENT_KINDS, `expected one of ${INCIDENT_KINDS.join(', ')}`)
    .optional()
    .meta({ description: 'Only of this kind.' }),
  team: name.meta({ description: 'Only of this team.' }),
  limit: z.coerce
    .number(LIMIT)
    .int(LIMIT)
    .min(1, LIMIT)
    .max(1000, LIMIT)
    .default(100)
    .meta({ description: 'At most this many, the latest to open.' }),
});

const incidentSchema = z.strictObject({
  incident_id: z.int().min(1),
  deployment: z.string(),
  kind: z.enum(INCIDENT_KINDS),
  subject: z.string().meta({
    description: 'The DAG of a failure or lateness, the pool, the name of the alert; empty for an outage.',
  }),
  team: z.string().nullable(),
  severity: z.enum(['warning', 'critical']),
  phase: z.enum(['at_risk', 'failed', 'late', 'eased', 'closed']).meta({
    description: 'eased: no alert fires any more, but how it ended is not known yet.',
  }),
  run_id: z.string().nullable().meta({ description: 'The run that was current when it opened.' }),
  opened_at: time,
  closed_at: time.nullable(),
  outcome: z
    .enum(['succeeded', 'recovered', 'failed', 'on_time', 'late', 'resolved', 'unknown'])
    .nullable()
    .meta({ description: 'What really happened; null while it is open.' }),
  risk: z.number().min(0).max(1).nullable().meta({ description: 'As it was last told.' }),
  reasons: z.array(z.string()).meta({ description: 'As they were last told, the strongest first.' }),
  told_at: time.nullable().meta({ description: 'When it was first told by Slack or e-mail.' }),
  acknowledged_by: z.string().nullable(),
  snoozed_until: time.nullable(),
  not_useful: z.int().min(0).meta({ description: 'People who called it not useful.' }),
});

export const incidentsSchema = z.strictObject({
  total: z.int().min(0).meta({ description: 'Incidents that match, before the limit.' }),
  incidents: z.array(incidentSchema).meta({ description: 'The latest to open first.' }),
});
export type IncidentsJson = z.output<typeof incidentsSchema>;
