import { z } from 'zod';
import { isTimeZone } from './time-zone.js';

/** `deadlines[]`: by when runs have to end. The first entry that matches a DAG counts. */
export const deadlineSchema = z
  .strictObject({
    deployment: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .meta({ description: 'Only this deployment; every one unless set.' }),
    dag_id: z
      .string()
      .min(1)
      .default('*')
      .meta({ description: 'DAG id, in which `*` stands for any text, such as `finance_*`.' }),
    minutes_after_due: z
      .number()
      .positive()
      .max(525_600)
      .nullable()
      .default(null)
      .meta({ description: 'Minutes after the run was due (`run_after`) by which it has to end.' }),
    at: z
      .string()
      .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day from 00:00 to 23:59, such as 07:30')
      .nullable()
      .default(null)
      .meta({ description: 'Time of day, the first after the run was due, by which it has to end.' }),
    time_zone: z
      .string()
      .refine(isTimeZone, 'expected an IANA time zone, such as Europe/Berlin')
      .default('UTC')
      .meta({ description: 'Time zone of `at`.' }),
  })
  .refine(
    ({ minutes_after_due, at }) => (minutes_after_due === null) !== (at === null),
    'set exactly one of `minutes_after_due` and `at`',
  );

export type DeadlineConfig = z.output<typeof deadlineSchema>;
