import { z } from 'zod';

/** `deployments[].failure_reasons`: why tries failed, from the ends of their logs. */
export const failureReasonsSchema = z.strictObject({
  enabled: z.boolean().default(true).meta({
    description:
      'Read the end of the log of each failed try; class and masked error line are kept, the log is not.',
  }),
  log_kib: z.int().min(4).max(1024).default(64).meta({
    description: 'How much of the end of a log is kept in memory while it is looked at, in KiB.',
  }),
  per_pass: z.int().min(1).max(1000).default(20).meta({
    description: 'Logs read after a collection, at most; the newest failures first.',
  }),
  history: z.int().min(0).max(10_000).default(200).meta({
    description:
      'Logs of earlier failures read after the first collection, at most; the newest of each task first.',
  }),
});
