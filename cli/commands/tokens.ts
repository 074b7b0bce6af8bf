import type { Command } from 'commander';
import { Option } from 'commander';
import {
  createToken,
  listTokens,
  revokeToken,
  ROLES,
  type ApiToken,
  type Role,
} from '../../serving/index.js';
import { addCommand, addGroup, formatTable, isoTime } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';

/** `orc tokens create/list/revoke` */
export function addTokens(program: Command): void {
  const tokens = addGroup(
    program,
    'tokens',
    'API tokens with a role',
    'orc tokens create prometheus --role viewer',
  );
  addCommand(
    tokens,
    'create',
    'make a token; it is shown once and kept only as a hash',
    'orc tokens create prometheus --role viewer',
  )
    .argument('<name>', 'letters, digits, spaces, `.`, `_`, `@` or `-`')
    .addOption(new Option('--role <role>', 'what it may do').choices([...ROLES]).default('viewer'))
    .option(
      '--expires <time>',
      'when it stops working, such as 2027-01-31T00:00:00Z (default: never)',
      isoTime,
    )
    .action(async (name: string, options: CommonOptions & { role: Role; expires?: number }) => {
      const { context, finish } = createContext(options);
      const token = await withDatabase(context, (database) =>
        createToken(database, { name, role: options.role, expiresAt: options.expires ?? null }),
      );
      context.print({ name, role: options.role, token }, token);
      finish();
    });
  addCommand(tokens, 'list', 'all tokens', 'orc tokens list').action(async (options: CommonOptions) => {
    const { context, finish } = createContext(options);
    const found = await withDatabase(context, listTokens);
    context.print(found, () => formatTokens(found));
    finish();
  });
  addCommand(tokens, 'revoke', 'stop a token from working', 'orc tokens revoke prometheus')
    .argument('<name>', 'as in orc tokens list')
    .action(async (name: string, options: CommonOptions) => {
      const { context, finish } = createContext(options);
      await withDatabase(context, (database) => revokeToken(database, name));
      context.print({ revoked: name }, `${name} is revoked`);
      finish();
    });
}

const iso = (time: number | null): string => (time === null ? '-' : new Date(time * 1000).toISOString());

function formatTokens(found: readonly ApiToken[]): string {
  if (found.length === 0) return 'No tokens.';
  return formatTable(
    ['name', 'role', 'created', 'expires', 'revoked', 'last used'],
    found.map((t) => [
      t.name,
      t.role,
      iso(t.createdAt),
      iso(t.expiresAt),
      iso(t.revokedAt),
      iso(t.lastUsedAt),
    ]),
  );
}
