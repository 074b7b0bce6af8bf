import { validate } from 'node-cron';
import { z } from 'zod';
import { isTimeZone } from './time-zone.js';

export const modelSchema = z.strictObject({
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1)
    .meta({ description: 'Seed of training: the same data gives the same model.' }),
  retrain_schedule: z
    .string()
    .refine((text) => validate(text), 'expected a cron expression of five fields, such as 30 3 * * *')
    .nullable()
    .default(null)
    .meta({
      description:
        'When `orc up` trains again: a cron expression, such as `30 3 * * *`; without it, every `retrain_interval_hours`.',
    }),
  retrain_time_zone: z
    .string()
    .refine(isTimeZone, 'expected a time zone of the IANA database, such as Europe/Amsterdam')
    .default('UTC')
    .meta({ description: 'Time zone of `retrain_schedule`.' }),
  retrain_interval_hours: z
    .number()
    .min(1)
    .max(24 * 31)
    .default(24)
    .meta({
      description:
        'Hours between two trainings where there is no `retrain_schedule`. A new model serves only if it predicts the newest outcomes no worse.',
    }),
  warm_starts: z.int().min(0).max(1000).default(6).meta({
    description:
      'Scheduled trainings in a row that go on from the weights of the model in use, at a tenth of the time; the next one begins from scratch. 0: every one does.',
  }),
  automatic_rollback: z.boolean().default(true).meta({
    description:
      'Go back to the model used before when the risks of the present one no longer fit the outcomes, and those of the former do.',
  }),
  quality_window_days: z.number().min(1).max(365).default(14).meta({
    description:
      'Days of outcomes that the figures of live quality are of; at most `retention.score_days` have any effect.',
  }),
});
