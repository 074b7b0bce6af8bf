import { z } from 'zod';

const timeDelta = z.object({
  __type: z.literal('TimeDelta'),
  days: z.int(),
  seconds: z.int(),
  microseconds: z.int(),
});

export type TimeDelta = Omit<z.output<typeof timeDelta>, '__type'>;

/** The schedule as text, in the form that REST v2 gives it: `0 6 * * *`, `@daily`, `1 day, 0:00:00`; null when there is none. */
export const scheduleInterval = z
  .union([
    z.object({ __type: z.literal('CronExpression'), value: z.string() }).transform(({ value }) => value),
    timeDelta.transform(formatTimeDelta),
    z.looseObject({ __type: z.literal('RelativeDelta') }).transform(formatRelativeDelta),
    z.unknown().transform(() => null),
  ])
  .optional()
  .transform((value) => value ?? null);

/** As Python writes it: `1 day, 2:03:04.000005`. */
export function formatTimeDelta({ days, seconds, microseconds }: TimeDelta): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  const clock = `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  const fraction = microseconds === 0 ? '' : `.${String(microseconds).padStart(6, '0')}`;
  const lead = days === 0 ? '' : `${days} ${Math.abs(days) === 1 ? 'day' : 'days'}, `;
  return `${lead}${clock}${fraction}`;
}

/** Months and years: the parts that are set, as in `months=1 day=1`. */
export function formatRelativeDelta(parts: Readonly<Record<string, unknown>>): string {
  return Object.entries(parts)
    .filter(([, value]) => typeof value === 'number' && value !== 0)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}
