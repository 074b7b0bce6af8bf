import { z } from 'zod';
import { rejectContradictions } from './contradictions.js';
import { FAILURE_CLASSES, type FailureClass } from '../facts.js';
import { dagSelector } from './alerts.js';
import { timeOfDay } from './time-of-day.js';
import { matchesPattern } from '../dag-pattern.js';
import { triggerRulesSchema } from './trigger-rules.js';
import { isTimeZone } from './time-zone.js';

/** How far an action may go by itself, least first. */
export const ACTION_MODES = ['shadow', 'suggest', 'approve', 'automatic'] as const;
export type ActionMode = (typeof ACTION_MODES)[number];

/** Causes that may have gone when the same is tried again. No other failure is ever retried. */
export const RETRYABLE_CLASSES = ['transient_infrastructure', 'timeout', 'upstream', 'unknown'] as const;
export type RetryableClass = (typeof RETRYABLE_CLASSES)[number];

/** Why the others are not. */
export const WHY_NOT_RETRIED: Readonly<Record<Exclude<FailureClass, RetryableClass>, string>> = {
  stopped_by_person: 'a person stopped it',
  resource: 'unchanged it would need as much memory, disk or quota again',
  permission_or_configuration: 'it fails again until its settings or rights are changed',
  data: 'it fails again until its data are changed',
  code: 'it fails again until its code is changed',
};

const modeSchema = z.enum(ACTION_MODES);
export function isRetryable(failureClass: FailureClass): failureClass is RetryableClass {
  return RETRYABLE_CLASSES.some((one) => one === failureClass);
}

const classesSchema = z
  .array(
    z.enum(FAILURE_CLASSES).superRefine((failureClass, context) => {
      if (isRetryable(failureClass)) return;
      const why = WHY_NOT_RETRIED[failureClass];
      const message = `a failure of this class is not retried (${why}); expected ${RETRYABLE_CLASSES.join(', ')}`;
      context.addIssue({ code: 'custom', message });
    }),
  )
  .min(1)
  .refine((classes) => new Set(classes).size === classes.length, 'a class occurs twice');

const riskSchema = z.number().min(0).max(1);

const retrySchema = z.strictObject({
  mode: modeSchema.default('shadow').meta({
    description:
      '`shadow` records what would be done, `suggest` also says so, `approve` waits for a person, `automatic` acts, once that is earned (`orc actions promote`).',
  }),
  classes: classesSchema.default(['transient_infrastructure']).meta({
    description: 'Classes of failure that are retried, when every failed task of the run is of one.',
  }),
  delay_minutes: z
    .number()
    .min(0)
    .max(1440)
    .default(5)
    .meta({ description: 'Minutes after the failure at which the cause should have passed.' }),
  most_risk: riskSchema.default(1).meta({
    description:
      'A DAG of which the next run fails with a higher probability, as it was last scored, is left to its owner; 1: none is.',
  }),
  note: z.boolean().default(true).meta({
    description: 'Adds a line to the note of a run that was retried, for those who look at it in Airflow.',
  }),
});

const RETRY_KEYS = ['mode', 'classes', 'delay_minutes', 'most_risk'] as const;

const retryOverrideSchema = z
  .strictObject({
    ...dagSelector,
    mode: modeSchema.nullable().default(null).meta({ description: '`actions.retry.mode` of these DAGs.' }),
    classes: classesSchema.nullable().default(null).meta({
      description: '`actions.retry.classes` of these DAGs.',
    }),
    delay_minutes: z.number().min(0).max(1440).nullable().default(null).meta({
      description: '`actions.retry.delay_minutes` of these DAGs.',
    }),
    most_risk: riskSchema.nullable().default(null).meta({
      description: '`actions.retry.most_risk` of these DAGs.',
    }),
  })
  .refine(
    ({ deployment, tag, owner, dag_id }) => [deployment, tag, owner, dag_id].some((value) => value !== null),
    'set at least one of `deployment`, `tag`, `owner` and `dag_id`; what holds for all DAGs belongs in `actions.retry`',
  )
  .refine(
    (entry) => RETRY_KEYS.some((key) => entry[key] !== null),
    'set at least one of `mode`, `classes`, `delay_minutes` and `most_risk`',
  );
export type RetryOverride = z.output<typeof retryOverrideSchema>;

const minutes = (least: number, most: number, standard: number, description: string) =>
  z.number().min(least).max(most).default(standard).meta({ description });

/** A pool is grown, and a DAG held behind an outage, at most once in such a block of time, which is drawn into the hold-out as one. */
export const BLOCK_MINUTES = 240;

const poolSchema = z.strictObject({
  mode: modeSchema.default('shadow').meta({ description: 'As `actions.retry.mode`.' }),
  starving_minutes: minutes(
    1,
    1440,
    10,
    'A pool is starving once tasks have waited this long while all of its slots are taken.',
  ),
  growth_percent: z
    .int()
    .min(1)
    .max(100)
    .default(50)
    .meta({ description: 'It never gets more than so many percent of its slots besides (one at least).' }),
  expire_minutes: minutes(1, BLOCK_MINUTES, 60, 'After so long it gets its former size back.'),
});

const holdSchema = z.strictObject({
  mode: modeSchema.default('shadow').meta({ description: 'As `actions.retry.mode`.' }),
  least_dags: z
    .int()
    .min(2)
    .max(1000)
    .default(5)
    .meta({ description: 'It is an outage when so many DAGs fail of the same error ...' }),
  within_minutes: minutes(1, 240, 15, '... within so many minutes.'),
  hold_minutes: minutes(1, BLOCK_MINUTES, 30, 'They are paused for so long.'),
  release_every_seconds: z
    .number()
    .min(0)
    .max(3600)
    .default(60)
    .meta({ description: 'Then one after the other goes on, in the order in which they were paused.' }),
});

const triggerSchema = z.strictObject({
  mode: modeSchema.default('shadow').meta({ description: 'As `actions.retry.mode`.' }),
  rules: triggerRulesSchema.default([]).meta({
    description:
      'Which DAG is started after which failure, such as one that repairs; the first entry that matches counts. In the modes `approve` and `automatic` it takes the place of a retry.',
  }),
});

const limit = (standard: number, description: string) =>
  z.int().min(0).max(10_000).default(standard).meta({ description });

const limitsSchema = z
  .strictObject({
    per_hour: limit(6, 'Most actions within an hour on a deployment; 0: none.'),
    per_day: limit(30, 'Most actions within a day on a deployment; 0: none.'),
    cooldown_minutes: z
      .number()
      .min(0)
      .max(10_080)
      .default(60)
      .meta({ description: 'Least time between two actions of one kind on one DAG.' }),
    failures_in_row: z.int().min(1).max(100).default(3).meta({
      description: 'So many actions without success, one after the other, open the circuit breaker.',
    }),
    breaker_minutes: z
      .number()
      .min(1)
      .max(10_080)
      .default(120)
      .meta({ description: 'For how long nothing is done then.' }),
    stale_minutes: z
      .number()
      .min(1)
      .max(1440)
      .default(15)
      .meta({ description: 'Nothing is done when the last collection is older than this.' }),
    calibration_error: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .meta({ description: 'Nothing is done while the live calibration error of DAG runs is above this.' }),
  })
  .refine(({ per_hour, per_day }) => per_hour <= per_day, '`per_hour` must not be above `per_day`');

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const windowSchema = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS])
      .meta({ description: 'Days of the week on which it begins.' }),
    from: timeOfDay.meta({ description: 'Time of day at which it begins.' }),
    to: timeOfDay.meta({ description: 'Time of day at which it ends; before `from`: on the next day.' }),
    time_zone: z
      .string()
      .refine(isTimeZone, 'expected an IANA time zone, such as Europe/Berlin')
      .default('UTC')
      .meta({ description: 'Time zone of these times.' }),
  })
  .refine(({ from, to }) => from !== to, '`from` and `to` must differ');
export type MaintenanceWindow = z.output<typeof windowSchema>;

/** `actions`: what ORC may do to an Airflow, and its limits. */
export const actionsSchema = z
  .strictObject({
    retry: retrySchema.prefault({}).meta({ description: 'Failed runs that are run again.' }),
    pool: poolSchema.prefault({}).meta({ description: 'Starving pools that are made bigger for a time.' }),
    hold: holdSchema.prefault({}).meta({
      description: 'DAGs that fail of an outage that they share, and are paused until it should be over.',
    }),
    trigger: triggerSchema.prefault({}).meta({ description: 'DAGs that are started when others fail.' }),
    overrides: z.array(retryOverrideSchema).superRefine(rejectContradictions(RETRY_KEYS)).default([]).meta({
      description: 'Other settings of some DAGs; of several entries, the first that sets a key counts.',
    }),
    protected_dags: z
      .array(z.string().min(1))
      .default([])
      .meta({ description: 'DAGs that are never acted on: ids, in which `*` stands for any text.' }),
    protected_pools: z.array(z.string().min(1)).default([]).meta({
      description:
        'Pools that are never resized, such as those that stand for what a database or a licence can bear: names, in which `*` stands for any text.',
    }),
    maintenance: z.array(windowSchema).default([]).meta({ description: 'Times in which nothing is done.' }),
    held_out_share: z.number().min(0).max(0.5).default(0.1).meta({
      description:
        'Share of the incidents, drawn by chance, that are left alone, so that it can be told whether acting helps.',
    }),
    limits: limitsSchema.prefault({}).meta({ description: 'Guardrails.' }),
  })
  .superRefine(({ trigger, protected_dags }, context) => {
    trigger.rules.forEach(({ start }, index) => {
      const pattern = protected_dags.find((one) => matchesPattern(one, start));
      if (pattern === undefined) return;
      const path = ['trigger', 'rules', index, 'start'];
      const message = `is protected (\`${pattern}\` in \`protected_dags\`) and would never be started; keep one`;
      context.addIssue({ code: 'custom', path, message });
    });
  });

export type ActionsConfig = z.output<typeof actionsSchema>;
