/** Where a kind of action may be automatic: promoted by a person, demoted by a bad stretch. */
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import { auditLog } from '../audit/index.js';
import type { ActionKind } from '../../core/action-terms.js';
import { NO_EVIDENCE, type HarmEvidence } from '../value/demotion.js';
import { unixSeconds } from './columns.js';

export interface Promotion {
  readonly deployment: string;
  readonly kind: ActionKind;
  readonly promotedAt: UnixSeconds;
  readonly promotedBy: string;
  /** What was measured then, in words; after a demotion, why it was demoted. */
  readonly reason: string;
  /** Null while it may be automatic. */
  readonly demotedAt: UnixSeconds | null;
  /** Of harm since the promotion. */
  readonly evidence: HarmEvidence;
}

export type PromotionKey = Pick<Promotion, 'deployment' | 'kind'>;

/** Every kind that was ever promoted, also those demoted since. */
export function readPromotions(database: Pick<Database, 'query'>): Promise<Promotion[]> {
  return database.query<Promotion & Record<string, unknown>>(
    `SELECT deployment, kind, ${unixSeconds('promoted_at', 'promotedAt')}, promoted_by AS "promotedBy", reason,
       ${unixSeconds('demoted_at', 'demotedAt')}, evidence
     FROM action_promotion ORDER BY deployment, kind`,
  );
}

export function mayBeAutomatic(
  promotions: readonly Promotion[],
  { deployment, kind }: PromotionKey,
): boolean {
  return promotions.some(
    (one) => one.deployment === deployment && one.kind === kind && one.demotedAt === null,
  );
}

/** Lets a kind of action be automatic from now on; evidence of harm is gathered anew. */
export function promote(
  database: Database,
  { deployment, kind }: PromotionKey,
  reason: string,
  who: string,
  now: UnixSeconds,
): Promise<void> {
  return database.transaction(async (connection) => {
    await connection.execute(
      `INSERT INTO action_promotion (deployment, kind, promoted_at, promoted_by, reason, evidence)
       VALUES ($1, $2, to_timestamp($3), $4, $5, $6)
       ON CONFLICT (deployment, kind) DO UPDATE SET promoted_at = excluded.promoted_at, promoted_by = excluded.promoted_by,
         reason = excluded.reason, evidence = excluded.evidence, demoted_at = NULL`,
      [deployment, kind, now, who, reason, JSON.stringify(NO_EVIDENCE)],
    );
    await auditLog.append(
      {
        ...{ at: now, deployment, who, what: 'actions.promote', why: reason },
        ...{ before: null, after: { kind, automatic: true }, requestId: null },
      },
      connection,
    );
  });
}

/** Ends it; from then on a person approves again. Returns false when it was not automatic (any more). */
export function demote(
  database: Database,
  { deployment, kind }: PromotionKey,
  reason: string,
  who: string,
  now: UnixSeconds,
): Promise<boolean> {
  return database.transaction(async (connection) => {
    const changed = await connection.execute(
      `UPDATE action_promotion SET demoted_at = to_timestamp($3), reason = $4
       WHERE deployment = $1 AND kind = $2 AND demoted_at IS NULL`,
      [deployment, kind, now, reason],
    );
    if (changed === 0) return false;
    await auditLog.append(
      {
        ...{ at: now, deployment, who, what: 'actions.demote', why: reason },
        ...{ before: { kind, automatic: true }, after: { kind, automatic: false }, requestId: null },
      },
      connection,
    );
    return true;
  });
}

export async function saveEvidence(
  database: Pick<Database, 'execute'>,
  { deployment, kind }: PromotionKey,
  evidence: HarmEvidence,
): Promise<void> {
  await database.execute(
    'UPDATE action_promotion SET evidence = $3 WHERE deployment = $1 AND kind = $2 AND demoted_at IS NULL',
    [deployment, kind, JSON.stringify(evidence)],
  );
}
