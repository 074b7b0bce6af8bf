import { z } from 'zod';

/** `HH:MM` on a wall clock. */
export const timeOfDay = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day from 00:00 to 23:59, such as 07:30');
