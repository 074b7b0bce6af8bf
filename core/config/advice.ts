import { z } from 'zod';

/** `advice`: what `orc advice` says to Airflow's cluster policy. */
export const adviceSchema = z.strictObject({
  window_days: z.number().min(1).max(365).default(14).meta({
    description: 'Days of failures that advice is drawn from.',
  }),
  least_failures: z.int().min(1).max(1000).default(3).meta({
    description: 'Failures of a task in that time, at least, before anything is advised.',
  }),
  least_share: z.number().min(0.5).max(1).default(0.8).meta({
    description: 'Share of them, at least, that have to be of the class that the advice is for.',
  }),
  retries: z.int().min(0).max(10).default(3).meta({
    description:
      'Retries advised for tasks that fail by faults of infrastructure and have fewer; 0 advises none.',
  }),
  resource_queue: z.string().min(1).nullable().default(null).meta({
    description:
      'Queue of bigger workers, advised for tasks that run out of memory or disk; none unless set.',
  }),
});
export type AdviceConfig = z.output<typeof adviceSchema>;
