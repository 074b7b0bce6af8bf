/** The table `score`: scores as they were served, and the outcomes that they met. */
import type { Database, Queryable } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Stage } from '../../features/types.js';
import type { SubjectKind } from '../types.js';
import type { LiveVectors } from './drift.js';
import type { ScoredOutcomes, ServedScore } from './types.js';

const DAY_SECONDS = 86_400;
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('orc.score', 0))`;

const dayOf = (time: UnixSeconds): string => new Date(time * 1000).toISOString().slice(0, 10);

/** Makes the partitions of the days of these scores, and drops those of days before `keptFrom`. Returns how many were dropped. */
export function prepareScoreDays(
  database: Database,
  days: Iterable<string>,
  keptFrom: UnixSeconds,
): Promise<number> {
  return database.transaction(async (connection) => {
    await connection.query(LOCK);
    for (const day of days) await connection.query('SELECT ensure_score_partition($1::date)', [day]);
    const [row] = await connection.query<{ dropped: number }>(
      'SELECT drop_score_partitions($1::date) AS dropped',
      [dayOf(keptFrom)],
    );
    return row!.dropped;
  });
}

/** The days that a partition is needed for. */
export function scoreDays(scores: readonly ServedScore[]): Set<string> {
  return new Set(scores.map(({ decidedAt }) => dayOf(decidedAt)));
}

/** Writes scores in one statement; their days must have partitions. */
export async function insertScores(connection: Pick<Queryable, 'execute'>, scores: readonly ServedScore[]) {
  const column = <T>(of: (score: ServedScore) => T): T[] => scores.map(of);
  return connection.execute(
    `INSERT INTO score (decided_at, deployment, kind, dag_id, run_id, task_id, map_index, try_number, stage, risk,
       after_success, model_version, vector)
     SELECT to_timestamp(decided_at), deployment, kind, dag_id, run_id, task_id, map_index, try_number, stage, risk,
       after_success, model_version, vector
     FROM unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[],
       $9::text[], $10::float8[], $11::boolean[], $12::text[], $13::bytea[]) AS s (decided_at, deployment, kind,
       dag_id, run_id, task_id, map_index, try_number, stage, risk, after_success, model_version, vector)`,
    [
      column(({ decidedAt }) => decidedAt),
      column(({ deployment }) => deployment),
      column(({ kind }) => kind),
      column(({ dagId }) => dagId),
      column(({ runId }) => runId),
      column(({ taskId }) => taskId),
      column(({ mapIndex }) => mapIndex),
      column(({ tryNumber }) => tryNumber),
      column(({ stage }) => stage),
      column(({ risk }) => risk),
      column(({ afterSuccess }) => afterSuccess),
      column(({ modelVersion }) => modelVersion),
      column(({ vector }) => vectorBytes(vector)),
    ],
  );
}

/** A score of a run that did not exist yet belongs to the first run of its DAG that began after it. */
const ATTACH_RUNS = `
  UPDATE score s SET run_id = begun.run_id
  FROM (
    SELECT s.decided_at, s.score_id, next_run.run_id
    FROM (SELECT DISTINCT deployment, dag_id FROM dag_run_fact WHERE fact_id > $1 AND fact_id <= $2) AS changed
    JOIN score s ON s.run_id IS NULL AND s.dag_id = changed.dag_id AND s.deployment = changed.deployment
    CROSS JOIN LATERAL (
      SELECT f.run_id FROM dag_run_fact f
      WHERE f.deployment = s.deployment AND f.dag_id = s.dag_id AND f.fact_id > $1 AND f.fact_id <= $2
        AND coalesce(f.queued_at, f.started_at, f.event_time) > s.decided_at
      ORDER BY coalesce(f.queued_at, f.started_at, f.event_time), f.run_id LIMIT 1
    ) AS next_run
  ) AS begun
  WHERE s.decided_at = begun.decided_at AND s.score_id = begun.score_id`;

/** Whether an action of ORC had touched the run before its end, or that of its try, in `f`. */
const TOUCHED = `EXISTS (
      SELECT FROM touched_run a WHERE a.deployment = f.deployment AND a.dag_id = f.dag_id AND a.run_id = f.run_id
        AND a.called_at < coalesce(f.ended_at, f.event_time)
    )`;

/**
 * Ends of tries and DAG runs as the fact log first told them (bit 4 of new_phases), joined with the scores made before they
 * were known; what an action of ORC brought about is no outcome. All scores of an ended subject are looked at again, so that a score that was written late changes which one counts.
 */
const SETTLE = `
  WITH ended AS (
    SELECT 'try' AS kind, deployment, dag_id, run_id, task_id, map_index, try_number,
      CASE WHEN ${TOUCHED} THEN NULL WHEN state IN ('failed', 'up_for_retry') THEN 1 WHEN state = 'success' THEN 0 END AS outcome,
      CASE WHEN visibility_assumed THEN event_time ELSE known_at END AS known_at
    FROM try_fact f WHERE fact_id > $1 AND fact_id <= $2 AND new_phases & 4 <> 0
    UNION ALL
    SELECT 'dag_run', deployment, dag_id, run_id, '', -1, 0,
      CASE WHEN ${TOUCHED} THEN NULL WHEN state = 'failed' THEN 1 WHEN state = 'success' THEN 0 END,
      CASE WHEN visibility_assumed THEN event_time ELSE known_at END
    FROM dag_run_fact f WHERE fact_id > $1 AND fact_id <= $2 AND new_phases & 4 <> 0
  ),
  ranked AS (
    SELECT s.decided_at, s.score_id, e.outcome, e.known_at,
      e.outcome IS NOT NULL AND row_number() OVER (
        PARTITION BY s.kind, s.deployment, s.dag_id, s.run_id, s.task_id, s.map_index, s.try_number
        ORDER BY s.stage = 'running', CASE WHEN s.stage = 'running' THEN s.decided_at END, s.decided_at DESC, s.score_id
      ) = 1 AS is_counted
    FROM ended e
    JOIN score s ON s.dag_id = e.dag_id AND s.run_id = e.run_id AND s.task_id = e.task_id
      AND s.map_index = e.map_index AND s.try_number = e.try_number AND s.deployment = e.deployment AND s.kind = e.kind
      AND s.decided_at < e.known_at
  )
  UPDATE score s
  SET is_settled = true, outcome = r.outcome, outcome_known_at = r.known_at, is_counted = r.is_counted
  FROM ranked r
  WHERE s.decided_at = r.decided_at AND s.score_id = r.score_id
    AND (NOT s.is_settled OR s.is_counted <> r.is_counted)`;

/**
 * Joins outcomes told by the facts after one id and up to another with the scores of their subjects. Doing it again for the
 * same facts changes nothing. Returns how many scores changed.
 */
export function joinOutcomes(database: Database, afterFactId: number, untilFactId: number): Promise<number> {
  return database.transaction(async (connection) => {
    // Two processes that update the same scores in different orders would wait for each other for ever.
    await connection.query(LOCK);
    await connection.execute(ATTACH_RUNS, [afterFactId, untilFactId]);
    return connection.execute(SETTLE, [afterFactId, untilFactId]);
  });
}

export interface OutcomesWanted {
  readonly kind: SubjectKind;
  /** Outcomes that became known from then on. */
  readonly since: UnixSeconds;
  readonly until: UnixSeconds;
  /** The newest so many. */
  readonly limit: number;
  /** Scores of this version alone; of all, when not given. */
  readonly modelVersion?: string;
}

const COUNTED = `FROM score
  WHERE is_counted AND kind = $1 AND outcome_known_at >= to_timestamp($2) AND outcome_known_at <= to_timestamp($3)
    AND ($4::text IS NULL OR model_version = $4)
  ORDER BY outcome_known_at DESC, score_id DESC LIMIT $5`;

/** Scores that met their outcome, one per subject. */
export async function readOutcomes(
  database: Pick<Database, 'query'>,
  wanted: OutcomesWanted,
): Promise<ScoredOutcomes> {
  const rows = await database.query<{
    risk: number;
    outcome: number;
    after_success: boolean;
    decided_at: number;
    known_at: number;
    run: string;
  }>(
    `SELECT risk, outcome, after_success, extract(epoch FROM decided_at)::float8 AS decided_at,
       extract(epoch FROM outcome_known_at)::float8 AS known_at, concat_ws(chr(1), deployment, dag_id, run_id) AS run
     ${COUNTED}`,
    parameters(wanted),
  );
  rows.reverse();
  const runs = new Map<string, number>();
  return {
    rows: rows.length,
    risks: Float64Array.from(rows, ({ risk }) => risk),
    labels: Uint8Array.from(rows, ({ outcome }) => outcome),
    afterSuccess: Uint8Array.from(rows, ({ after_success }) => (after_success ? 1 : 0)),
    decidedAt: Float64Array.from(rows, ({ decided_at }) => decided_at),
    knownAt: Float64Array.from(rows, ({ known_at }) => known_at),
    runs: Int32Array.from(rows, ({ run }) => {
      let number = runs.get(run);
      if (number === undefined) runs.set(run, (number = runs.size));
      return number;
    }),
  };
}

/** The vectors of the same rows as {@link readOutcomes}, row-major; those of another width than this are left out. */
export async function readVectors(
  database: Pick<Database, 'query'>,
  wanted: OutcomesWanted,
  width: number,
): Promise<{ readonly values: Float32Array; readonly rows: number }> {
  const rows = await database.query<{ vector: Buffer }>(`SELECT vector ${COUNTED}`, parameters(wanted));
  const fitting = rows.filter(({ vector }) => vector.length === width * 4).reverse();
  return matrixOf(fitting, width);
}

/** At these stages subjects are first seen. A run is queued for a second, and mostly not seen before it has started. */
const BEGINNINGS: Readonly<Record<SubjectKind, readonly Stage[]>> = {
  try: ['queued'],
  dag_run: ['queued', 'running'],
};

/** The scores of a kind and a stage that have the least hashes, by index. */
const leastHashes = (kind: SubjectKind, stage: Stage): string => `
  (SELECT score_id, decided_at, vector FROM score
   WHERE kind = '${kind}' AND stage = '${stage}' AND decided_at >= to_timestamp($1) AND decided_at <= to_timestamp($2)
   ORDER BY hashint8(score_id) LIMIT $3)`;

/**
 * Vectors of an even sample of the first scores of what began in that time, row-major; those of another width than this are left out.
 */
export async function sampleBeginnings(
  database: Pick<Database, 'query'>,
  { kind, since, until, limit }: Omit<OutcomesWanted, 'modelVersion'>,
  width: number,
): Promise<LiveVectors> {
  const rows = await database.query<{ vector: Buffer; decided_at: number }>(
    `SELECT vector, extract(epoch FROM decided_at)::float8 AS decided_at
     FROM (${BEGINNINGS[kind].map((stage) => leastHashes(kind, stage)).join(' UNION ALL ')}) AS sampled
     ORDER BY hashint8(score_id) LIMIT $3`,
    [since, until, limit],
  );
  const fitting = rows.filter(({ vector }) => vector.length === width * 4);
  const times = fitting.map(({ decided_at }) => decided_at);
  return {
    ...matrixOf(fitting, width),
    spanSeconds: fitting.length === 0 ? 0 : Math.max(...times) - Math.min(...times),
  };
}

function matrixOf(rows: readonly { readonly vector: Buffer }[], width: number) {
  const values = new Float32Array(rows.length * width);
  rows.forEach(({ vector }, row) => {
    values.set(vectorOf(vector), row * width);
  });
  return { values, rows: rows.length };
}

function parameters({ kind, since, until, limit, modelVersion }: OutcomesWanted) {
  return [kind, since, until, modelVersion ?? null, limit];
}

function vectorBytes(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** A stored vector; a copy, since bytes from the driver need not be aligned. */
export function vectorOf(bytes: Buffer): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** The first moment of the day before which scores are dropped. */
export function keptFrom(now: UnixSeconds, retentionDays: number): UnixSeconds {
  return now - retentionDays * DAY_SECONDS;
}
