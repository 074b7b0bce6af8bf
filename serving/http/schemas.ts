/** The JSON of /api/v1: one schema per answer, from which openapi.json is written and against which tests check. */
import { z } from 'zod';
import { FAILURE_CLASSES } from '../../core/facts.js';
import { DEADLINE_SOURCES } from '../../model/intervals/deadlines.js';

const ratio = z.number().min(0).max(1);
const time = z.iso.datetime().meta({ description: 'ISO 8601 in UTC.' });
const stage = z
  .enum(['planned', 'queued', 'running', 'retrying'])
  .meta({ description: 'planned: not created yet; retrying: an earlier try of it failed.' });

export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    state: z
      .string()
      .optional()
      .meta({ description: 'Of a conflict about an action: the state that it has.' }),
    decided_by: z.string().optional().meta({ description: 'And who brought it there.' }),
  }),
});

const evidence = z.enum(['enough', 'thin']).meta({
  description: 'thin: fewer than five outcomes of its own; the risk rests on the history of others.',
});

/** Why a risk is what it is; known for the DAGs and tasks that the description names, else null and empty. */
const explainedFields = {
  usual_risk: ratio.nullable().meta({
    description: 'The risk at its usual level: with its own rates over months, and nothing lately.',
  }),
  reasons: z
    .array(
      z.strictObject({
        group: z.string().meta({ description: 'What it speaks of: record, others, duration, ...' }),
        text: z.string(),
        log_odds: z.number().meta({ description: 'Change of the log-odds; positive raises the risk.' }),
      }),
    )
    .meta({
      description:
        'The strongest first; their log_odds sum to the log-odds of the risk less those of the usual risk.',
    }),
  suggestion: z
    .strictObject({ rule: z.string(), text: z.string() })
    .nullable()
    .meta({ description: 'What may be done; null when nothing fits.' }),
};

const deadlineFields = {
  late_risk: ratio.nullable().meta({
    description:
      'Probability that the run is unfinished at its deadline: of several active runs, of the one that is likeliest to be late.',
  }),
  deadline: z
    .strictObject({
      at: time,
      source: z.enum(DEADLINE_SOURCES).meta({
        description:
          'configured: in orc.yaml; airflow: a deadline alert of the DAG; learnt: from earlier runs of the DAG.',
      }),
    })
    .nullable()
    .meta({ description: 'By when that run has to end.' }),
  expected_end: z
    .strictObject({ low: time, median: time, high: time })
    .nullable()
    .meta({ description: 'When that run ends: quantiles 0.1, 0.5 and 0.9 of the forecast.' }),
};

const poolSchema = z.strictObject({
  deployment: z.string(),
  pool: z.string(),
  slots: z.int().min(1),
  occupied_slots: z.number().min(0),
  risk: ratio.meta({ description: 'Probability that the pool is full within the next hour.' }),
});

const finalRisk = ratio.meta({
  description:
    'Probability that the task fails for good, after all its retries: `risk` where no try is left.',
});

const taskSchema = z.strictObject({
  task_id: z.string(),
  risk: ratio.meta({ description: 'Probability that its current or next try fails.' }),
  final_risk: finalRisk,
  tries_left: z
    .int()
    .min(0)
    .nullable()
    .meta({ description: 'Tries left after that one; null where neither Airflow nor the history tells.' }),
  stage,
  run_id: z.string().nullable(),
  map_index: z.int().min(-1),
  try_number: z.int().min(1),
  operator: z.string().nullable(),
  pool: z.string().nullable(),
  instances: z.int().min(1).meta({ description: 'Scored instances, of which this is the riskiest.' }),
  evidence,
  ...explainedFields,
});

const dagFields = {
  deployment: z.string(),
  dag_id: z.string(),
  risk: ratio.meta({
    description: 'Probability that the current run, or the next if none is active, fails.',
  }),
  stage,
  run_id: z
    .string()
    .nullable()
    .meta({ description: 'The riskiest active run; null when it is only planned.' }),
  run_type: z.string().nullable(),
  due_at: time.nullable(),
  queued_at: time.nullable(),
  started_at: time.nullable(),
  active_runs: z.int().min(0),
  last_run_failed: z.boolean().nullable().meta({ description: 'Null before any run has finished.' }),
  evidence,
  ...explainedFields,
  ...deadlineFields,
};

export const dagRiskSchema = z.strictObject({
  ...dagFields,
  riskiest_task: z
    .strictObject({
      task_id: z.string(),
      risk: ratio,
      final_risk: finalRisk,
      stage,
      evidence,
      ...explainedFields,
    })
    .nullable()
    .meta({ description: 'While a run goes on, of the tasks that are still to end in it.' }),
});

const scoredAt = {
  refreshed_at: time.meta({ description: 'When the scores were computed.' }),
  as_of: time.meta({ description: 'The moment they are for; the same unless history is replayed.' }),
  model_version: z.string(),
};

export const risksSchema = z.strictObject({
  ...scoredAt,
  total: z.int().min(0).meta({ description: 'DAGs that match, before the limit.' }),
  dags: z
    .array(dagRiskSchema)
    .meta({ description: 'Riskiest first, then by deployment and dag_id; the first 25 are explained.' }),
  pools: z.array(poolSchema).meta({ description: 'Pools of known slots, of the deployment asked for.' }),
});

export const dagDetailSchema = z.strictObject({
  ...scoredAt,
  ...dagFields,
  task_count: z.int().min(0),
  schedule: z.string().nullable(),
  owners: z.array(z.string()),
  tags: z.array(z.string()),
  usual_interval_seconds: z.number().nullable(),
  usual_duration_seconds: z.number().nullable(),
  next_due_at: time.nullable(),
  tasks: z.array(taskSchema).meta({ description: 'Riskiest first; the riskiest three are explained.' }),
  current_runs: z.array(
    z.strictObject({
      run_id: z.string(),
      run_type: z.string().nullable(),
      stage,
      risk: ratio,
      due_at: time.nullable(),
      queued_at: time.nullable(),
      started_at: time.nullable(),
      done_tasks: z.int().min(0),
      failed_tasks: z.array(z.string()).meta({ description: 'Tasks that failed in this run, up to 20.' }),
      ...deadlineFields,
    }),
  ),
  last_failures: z
    .array(
      z.strictObject({
        run_id: z.string(),
        task_id: z.string(),
        map_index: z.int().min(-1),
        try_number: z.int().min(1),
        class: z.enum(FAILURE_CLASSES).meta({ description: 'What the failure was due to, by its log.' }),
        rule: z.string().nullable().meta({ description: 'The rule that decided; null for unknown.' }),
        evidence: z.string().nullable().meta({ description: 'The error line; secrets are masked.' }),
        unread: z.string().nullable().meta({ description: 'Why its log could not be read.' }),
        ended_at: time,
      }),
    )
    .meta({ description: 'Up to 10 failed tries whose logs were looked at, newest first.' }),
  last_runs: z
    .array(
      z.strictObject({
        run_id: z.string(),
        run_type: z.string().nullable(),
        state: z.enum(['success', 'failed']),
        due_at: time.nullable(),
        started_at: time.nullable(),
        ended_at: time.nullable(),
      }),
    )
    .meta({ description: 'Up to 30, oldest first.' }),
});

const NAME = 'expected one name that is not empty';
const RISK = 'expected a number from 0 to 1';
const LIMIT = 'expected a whole number from 1 to 10000';

/** Query strings are text; unknown parameters are refused so that a misspelt filter is not taken for no filter. */
export const risksQuerySchema = z.strictObject({
  deployment: z.string(NAME).min(1, NAME).optional().meta({ description: 'Only this deployment.' }),
  dag_id: z.string(NAME).min(1, NAME).optional().meta({ description: 'Only the DAG of this id.' }),
  min_risk: z.coerce
    .number(RISK)
    .min(0, RISK)
    .max(1, RISK)
    .default(0)
    .meta({ description: 'Only DAGs of at least this risk.' }),
  limit: z.coerce
    .number(LIMIT)
    .int(LIMIT)
    .min(1, LIMIT)
    .max(10_000, LIMIT)
    .default(100)
    .meta({ description: 'At most this many.' }),
});

export const dagQuerySchema = z.strictObject({
  deployment: z
    .string(NAME)
    .min(1, NAME)
    .optional()
    .meta({ description: 'Needed when several deployments have a DAG of this id.' }),
});

export type DagRiskJson = z.output<typeof dagRiskSchema>;
export type RisksJson = z.output<typeof risksSchema>;
export type DagDetailJson = z.output<typeof dagDetailSchema>;
