import type { Database } from '../../core/database/port.js';
import { readPools } from '../../core/fact-log/read-airflow-state.js';
import type { PoolObservation, UnixSeconds } from '../../core/facts.js';

/** Every slot is taken, and tasks that could start wait for one; a pool without limit (-1) never starves. */
const IS_STARVING = 'slots > 0 AND occupied_slots >= slots AND scheduled_slots > 0';

const UNDER_WAY = `
  SELECT DISTINCT deployment, pool FROM action
  WHERE pool IS NOT NULL AND state IN ('proposed', 'approved', 'calling')`;

/** From the fact that held at the begin on; each holds until the next. */
const STARVED = `
  SELECT coalesce(sum(greatest(seconds, 0)), 0)::double precision / 60 AS minutes
  FROM (
    SELECT ${IS_STARVING} AS is_starving,
      extract(epoch FROM coalesce(lead(event_time) OVER (ORDER BY fact_id), to_timestamp($4)) - greatest(event_time, to_timestamp($3)))
        AS seconds
    FROM pool_fact
    WHERE deployment = $1 AND pool = $2 AND event_time <= to_timestamp($4)
      AND fact_id >= coalesce((
        SELECT fact_id FROM pool_fact WHERE deployment = $1 AND pool = $2 AND event_time <= to_timestamp($3)
        ORDER BY fact_id DESC LIMIT 1
      ), 0)
  ) AS span
  WHERE is_starving`;

/** Pools that starve as they were last described, and about which nothing is under way. */
export async function readStarvingPools(database: Pick<Database, 'query'>): Promise<PoolObservation[]> {
  const starving = (await readPools(database)).filter(
    ({ slots, occupiedSlots, scheduledSlots }) => slots > 0 && occupiedSlots >= slots && scheduledSlots > 0,
  );
  if (starving.length === 0) return [];
  const underWay = await database.query<{ deployment: string; pool: string }>(UNDER_WAY);
  return starving.filter(
    ({ deployment, pool }) => !underWay.some((one) => one.deployment === deployment && one.pool === pool),
  );
}

/** For how many minutes between two times a pool starved. */
export async function readStarvedMinutes(
  database: Pick<Database, 'query'>,
  { deployment, pool }: Pick<PoolObservation, 'deployment' | 'pool'>,
  from: UnixSeconds,
  to: UnixSeconds,
): Promise<number> {
  const [row] = await database.query<{ minutes: number }>(STARVED, [deployment, pool, from, to]);
  return row!.minutes;
}
