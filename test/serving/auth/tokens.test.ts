import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../../serving/auth/roles.js';
import {
  countUsableTokens,
  createToken,
  listTokens,
  revokeToken,
  verifyToken,
} from '../../../serving/auth/tokens.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

let store: TemporaryDatabase;
let now = 1_800_000_000;
const clock = (): number => now;
const create = (name: string, role: Role = 'viewer', expiresAt: number | null = null): Promise<string> =>
  createToken(store.database, { name, role, expiresAt }, clock);
const verify = (token: string) => verifyToken(store.database, token, clock);
const listed = async (name: string) =>
  (await listTokens(store.database)).find((token) => token.name === name)!;

beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(() => store.drop());

describe('createToken', () => {
  it('returns 256 random bits once, and stores only their hash', async () => {
    const token = await create('one');
    expect(token).toMatch(/^orc_[A-Za-z0-9_-]{43}$/);
    const [row] = await store.database.query<{ token_sha256: Buffer; everything: string }>(
      "SELECT token_sha256, api_token::text AS everything FROM api_token WHERE name = 'one'",
    );
    expect(row!.token_sha256).toEqual(createHash('sha256').update(token).digest());
    expect(row!.everything).not.toContain(token.slice(4));
    expect(await create('two')).not.toBe(token);
  });

  it('refuses a taken name, an odd name, an unknown role and a past expiry', async () => {
    await create('taken');
    await expect(create('taken')).rejects.toThrow('A token named "taken" exists already');
    await expect(create('')).rejects.toThrow('Token name "" is not accepted');
    await expect(create('Orc')).rejects.toThrow('what ORC does by itself is recorded under it');
    await expect(create("x'; DROP TABLE api_token; --")).rejects.toThrow('is not accepted');
    await expect(create('role', 'root' as Role)).rejects.toThrow(
      'Role "root" does not exist: expected viewer, operator, developer, admin.',
    );
    await expect(create('late', 'viewer', now - 1)).rejects.toThrow('lies in the past');
  });
});

describe('verifyToken', () => {
  it('knows the name and role', async () => {
    expect(await verify(await create('operator', 'operator'))).toEqual({
      name: 'operator',
      role: 'operator',
    });
  });

  it.each(['', 'orc_', 'orc_' + 'A'.repeat(43), 'Bearer x', 'orc_' + 'A'.repeat(10_000)])(
    'refuses %.20s',
    async (token) => {
      expect(await verify(token)).toBeNull();
    },
  );

  it('refuses a token from its expiry on', async () => {
    const token = await create('brief', 'viewer', now + 10);
    expect(await verify(token)).not.toBeNull();
    now += 10;
    expect(await verify(token)).toBeNull();
  });

  it('refuses a revoked token', async () => {
    const token = await create('revoked');
    const usable = await countUsableTokens(store.database, clock);
    await revokeToken(store.database, 'revoked', clock);
    expect(await verify(token)).toBeNull();
    expect(await countUsableTokens(store.database, clock)).toBe(usable - 1);
    const { revokedAt } = await listed('revoked');
    now += 5;
    await revokeToken(store.database, 'revoked', clock);
    expect((await listed('revoked')).revokedAt).toBe(revokedAt);
    await expect(revokeToken(store.database, 'nobody', clock)).rejects.toThrow('No token is named "nobody"');
  });

  it('notes its use at most once a minute', async () => {
    const token = await create('used');
    expect((await listed('used')).lastUsedAt).toBeNull();
    const first = now;
    await verify(token);
    now += 59;
    await verify(token);
    expect((await listed('used')).lastUsedAt).toBe(first);
    now += 1;
    await verify(token);
    expect((await listed('used')).lastUsedAt).toBe(first + 60);
  });
});
