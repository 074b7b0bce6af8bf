/** API tokens with a role. Only a SHA-256 of each is kept: 256 random bits need no slow hash. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { systemClock, type Clock } from '../../core/clock.js';
import type { Database } from '../../core/database/port.js';
import { AppError } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import { ROLES, isRole, type Role } from './roles.js';

export interface ApiToken {
  readonly name: string;
  readonly role: Role;
  readonly createdAt: UnixSeconds;
  readonly expiresAt: UnixSeconds | null;
  readonly revokedAt: UnixSeconds | null;
  /** Exact to a minute. */
  readonly lastUsedAt: UnixSeconds | null;
}

export interface NewToken {
  readonly name: string;
  readonly role: Role;
  /** Null: never. */
  readonly expiresAt: UnixSeconds | null;
}

const PREFIX = 'orc_';
const TOKEN_PATTERN = /^orc_[A-Za-z0-9_-]{43}$/;
const NAME_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,99}$/u;
const OWN_NAME = 'orc';
const LAST_USED_SECONDS = 60;

function sha256(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

type TokenRow = Record<'created_at', number> &
  Record<'expires_at' | 'revoked_at' | 'last_used_at', number | null> & { name: string; role: Role };

const COLUMNS = `name, role,
  extract(epoch FROM created_at)::float8 AS created_at, extract(epoch FROM expires_at)::float8 AS expires_at,
  extract(epoch FROM revoked_at)::float8 AS revoked_at, extract(epoch FROM last_used_at)::float8 AS last_used_at`;

function checkNew({ name, role, expiresAt }: NewToken, now: UnixSeconds): void {
  if (!NAME_PATTERN.test(name)) {
    throw new AppError(
      'usage',
      `Token name ${JSON.stringify(name)} is not accepted: expected 1 to 100 letters, digits, spaces, \`.\`, \`_\`, \`@\` or \`-\`, ` +
        'starting with a letter or digit.',
    );
  }
  if (name.toLowerCase() === OWN_NAME) {
    throw new AppError(
      'usage',
      `Token name ${JSON.stringify(name)} is not accepted: what ORC does by itself is recorded under it.`,
    );
  }
  if (!isRole(role)) {
    throw new AppError('usage', `Role ${JSON.stringify(role)} does not exist: expected ${ROLES.join(', ')}.`);
  }
  if (expiresAt !== null && expiresAt <= now) {
    const time = new Date(expiresAt * 1000).toISOString();
    throw new AppError('usage', `Expiry ${time} lies in the past: expected a later time.`);
  }
}

/**
 * Makes a token and returns it: it is shown once and cannot be recovered.
 * Throws `usage` for a bad name, role or expiry, and `conflict` when the name is taken.
 */
export async function createToken(
  database: Database,
  token: NewToken,
  clock: Clock = systemClock,
): Promise<string> {
  const now = clock();
  checkNew(token, now);
  const secret = PREFIX + randomBytes(32).toString('base64url');
  const inserted = await database.execute(
    `INSERT INTO api_token (name, role, token_sha256, created_at, expires_at)
     VALUES ($1, $2, $3, to_timestamp($4), to_timestamp($5)) ON CONFLICT (name) DO NOTHING`,
    [token.name, token.role, sha256(secret), now, token.expiresAt],
  );
  if (inserted === 0) {
    throw new AppError(
      'conflict',
      `A token named ${JSON.stringify(token.name)} exists already (perhaps revoked).`,
      {
        fix: 'Choose another name; `orc tokens list` shows those taken.',
      },
    );
  }
  return secret;
}

/** All tokens, oldest first, without their secrets. */
export async function listTokens(database: Database): Promise<ApiToken[]> {
  const rows = await database.query<TokenRow>(`SELECT ${COLUMNS} FROM api_token ORDER BY token_id`);
  return rows.map((row) => ({
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }));
}

/** Revoking twice is no error. Throws `not_found` for an unknown name. */
export async function revokeToken(
  database: Database,
  name: string,
  clock: Clock = systemClock,
): Promise<void> {
  const updated = await database.execute(
    'UPDATE api_token SET revoked_at = coalesce(revoked_at, to_timestamp($2)) WHERE name = $1',
    [name, clock()],
  );
  if (updated === 0) {
    throw new AppError('not_found', `No token is named ${JSON.stringify(name)}.`, {
      fix: '`orc tokens list` shows the names.',
    });
  }
}

/** Number of tokens that work now. */
export async function countUsableTokens(database: Database, clock: Clock = systemClock): Promise<number> {
  const rows = await database.query<{ usable: number }>(
    `SELECT count(*)::int AS usable FROM api_token
     WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > to_timestamp($1))`,
    [clock()],
  );
  return rows[0]!.usable;
}

export interface VerifiedToken {
  readonly name: string;
  readonly role: Role;
}

/** Null when the token is unknown, revoked or expired. Notes its use, at most once a minute. */
export async function verifyToken(
  database: Database,
  token: string,
  clock: Clock = systemClock,
): Promise<VerifiedToken | null> {
  if (!TOKEN_PATTERN.test(token)) return null;
  const hash = sha256(token);
  const now = clock();
  const rows = await database.query<TokenRow & { token_sha256: Buffer }>(
    `SELECT ${COLUMNS}, token_sha256 FROM api_token WHERE token_sha256 = $1`,
    [hash],
  );
  const row = rows[0];
  if (row === undefined || !timingSafeEqual(row.token_sha256, hash)) return null;
  if (row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) return null;
  if (row.last_used_at === null || now - row.last_used_at >= LAST_USED_SECONDS) {
    await database.execute('UPDATE api_token SET last_used_at = to_timestamp($2) WHERE token_sha256 = $1', [
      hash,
      now,
    ]);
  }
  return { name: row.name, role: row.role };
}
