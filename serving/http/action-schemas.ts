/** The JSON of /api/v1/actions. */
import { z } from 'zod';
import { ACTION_MODES } from '../../core/config/actions.js';
import { ACTION_CAUSES, ACTION_STATES } from '../../core/action-terms.js';

const time = z.iso.datetime();
const NAME = 'expected one name that is not empty';
const LIMIT = 'expected a whole number from 1 to 1000';
const BEFORE = 'expected an action_id';
const name = z.string(NAME).min(1, NAME).optional();

export const actionsQuerySchema = z.strictObject({
  state: z
    .enum(ACTION_STATES, `expected one of ${ACTION_STATES.join(', ')}`)
    .optional()
    .meta({ description: 'Only in this state.' }),
  deployment: name.meta({ description: 'Only of this deployment.' }),
  dag_id: name.meta({ description: 'Only about the DAG of this id.' }),
  limit: z.coerce
    .number(LIMIT)
    .int(LIMIT)
    .min(1, LIMIT)
    .max(1000, LIMIT)
    .default(100)
    .meta({ description: 'At most this many, the latest.' }),
  before: z.coerce
    .number(BEFORE)
    .int(BEFORE)
    .min(1, BEFORE)
    .optional()
    .meta({ description: 'Only those with a lower `action_id`: `next_before` of the page before.' }),
});

const WHY = 'expected 1 to 500 characters';

export const decisionBodySchema = z.strictObject({
  why: z
    .string(WHY)
    // Line breaks and controls would break lists that show it.
    .transform((why) => why.replace(/[\p{Cc}\s]+/gu, ' ').trim())
    .pipe(z.string().min(1, WHY).max(500, WHY))
    .default('decided by hand')
    .meta({ description: 'Kept in the ledger and the audit trail.' }),
});

const seen = (description: string) => z.boolean().nullable().meta({ description });

export const actionSchema = z.strictObject({
  action_id: z.int().min(1),
  deployment: z.string(),
  action: z.string().meta({ description: 'What is done, such as retry.' }),
  dag_id: z.string().nullable(),
  run_id: z.string().nullable(),
  pool: z.string().nullable(),
  target_dag_id: z
    .string()
    .nullable()
    .meta({ description: 'The DAG that is called on: of a trigger, the one that is started.' }),
  cause: z.enum(ACTION_CAUSES).meta({ description: 'Class of the failure, or what is wrong with the pool.' }),
  mode: z.enum(ACTION_MODES),
  arm: z
    .enum(['treated', 'held_out'])
    .nullable()
    .meta({ description: 'As it was drawn; null where nothing is held out.' }),
  state: z.enum(ACTION_STATES),
  reason: z.string().meta({ description: 'Of the state, in words.' }),
  refusal: z
    .string()
    .nullable()
    .meta({ description: 'The guardrail that held it, or why Airflow was left as it is.' }),
  decided_by: z.string().meta({ description: '`orc`, or who approved or rejected it.' }),
  recorded_at: time.meta({ description: 'When it was drawn and came into the ledger.' }),
  due_at: time,
  changed_at: time.meta({ description: 'When it came to its state.' }),
  called_at: time.nullable(),
  expires_at: time
    .nullable()
    .meta({ description: 'When it is taken back; null before the call, and where it stays.' }),
  follows: z.int().nullable().meta({ description: 'The action that this one takes back or notes.' }),
  helped: seen('Whether the call brought what it was for; null until that is known.'),
  run_failed: seen('Whether the run was failed some time later, called or not; null until then.'),
});
export type ActionJson = z.output<typeof actionSchema>;

export const stopSchema = z.strictObject({
  stopped: z
    .strictObject({ by: z.string(), at: time })
    .nullable()
    .meta({ description: 'Who pulled the stop switch; null while it is not pulled.' }),
});
export type StopJson = z.output<typeof stopSchema>;

export const actionsSchema = z.strictObject({
  ...stopSchema.shape,
  actions: z.array(actionSchema).meta({ description: 'The latest first.' }),
  next_before: z.int().nullable().meta({ description: '`before` of the next page; null on the last.' }),
});
export type ActionsJson = z.output<typeof actionsSchema>;

const effect = z
  .strictObject({ estimate: z.number(), low: z.number(), high: z.number() })
  .nullable()
  .meta({ description: 'With its 95 % interval; null while too little is known.' });
const arm = z.strictObject({
  incidents: z.int().min(0),
  known: z.int().min(0).meta({ description: 'Of which the outcome is known.' }),
  failed: z.int().min(0),
});

export const actionReportSchema = z.strictObject({
  ...stopSchema.shape,
  counts: z.array(
    z.strictObject({
      deployment: z.string(),
      action: z.string(),
      cause: z.enum(ACTION_CAUSES),
      mode: z.enum(ACTION_MODES),
      state: z.enum(ACTION_STATES),
      count: z.int().min(0),
      helped: z.int().min(0),
    }),
  ),
  value: z
    .array(
      z.strictObject({
        action: z.string().nullable().meta({ description: 'Null: all of them.' }),
        cause: z.string().nullable().meta({ description: 'Null: all of them.' }),
        treated: arm,
        held_out: arm,
        failures_avoided: effect,
        minutes_saved: effect,
        total: z
          .strictObject({ failures_avoided: effect, minutes_saved: effect })
          .meta({ description: 'The same times the treated incidents.' }),
      }),
    )
    .meta({ description: 'What acting was worth per treated incident, by intention to treat.' }),
});
export type ActionReportJson = z.output<typeof actionReportSchema>;
