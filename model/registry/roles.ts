/** Which version is in use. All changes happen under one lock, so two processes cannot both promote. */
import type { Database, Queryable } from '../../core/database/port.js';
import { AppError, errorMessage } from '../../core/errors.js';
import type { ChangeNote, ModelVersion, VersionEvent } from './model-version.js';
import { championVersion, showVersion } from './registry.js';

const BY_HAND: ChangeNote = { by: 'user', reason: 'by hand' };

/**
 * Puts a version into use; the one used before retires.
 *
 * @param expectedChampion promote only while this version (null: none) is in use; any, when not given.
 * @throws AppError `not_found` for an unknown version, `conflict` when another champion than expected is in use.
 */
export function promoteVersion(
  database: Database,
  version: string,
  expectedChampion?: string | null,
  note: ChangeNote = BY_HAND,
): Promise<ModelVersion> {
  return changingRoles(database, async (connection) => {
    await showVersion(connection, version);
    const champion = await championVersion(connection);
    if (expectedChampion !== undefined && (champion?.version ?? null) !== expectedChampion) {
      throw new AppError(
        'conflict',
        `Another process put ${champion?.version ?? 'no model'} into use meanwhile, where ${expectedChampion ?? 'no model'} was expected.`,
        { retryable: true },
      );
    }
    if (champion?.version === version) return champion;
    await retire(connection, champion, { ...note, reason: `${version} took its place: ${note.reason}` });
    await connection.execute(
      `UPDATE model_version SET role = 'champion', promoted_at = clock_timestamp() WHERE version = $1`,
      [version],
    );
    await addEvent(connection, version, 'promoted', note);
    return showVersion(connection, version);
  });
}

export interface RollbackOptions {
  readonly note?: ChangeNote;
  /** Roll back only while this version is in use; whichever is, when not given. */
  readonly expectedChampion?: string;
  /** Rejects for a version that cannot serve, which is passed over then. */
  readonly check?: (version: string) => Promise<unknown>;
}

/**
 * Puts back into use the version that was in use before the present one; again, the one before that.
 *
 * @throws AppError `not_found` when no version was in use before, or none of those can serve; `conflict` as in promoteVersion.
 */
export function rollbackVersion(database: Database, options: RollbackOptions = {}): Promise<ModelVersion> {
  const { note = BY_HAND, expectedChampion, check = () => Promise.resolve() } = options;
  return changingRoles(database, async (connection) => {
    const champion = await championVersion(connection);
    if (expectedChampion !== undefined && champion?.version !== expectedChampion) {
      throw new AppError(
        'conflict',
        `Another process put ${champion?.version ?? 'no model'} into use meanwhile, where ${expectedChampion} was expected.`,
        { retryable: true },
      );
    }
    const problems: string[] = [];
    for (const version of await earlierVersions(connection)) {
      try {
        await check(version);
      } catch (error) {
        problems.push(`${version}: ${errorMessage(error)}`);
        continue;
      }
      const passedOver = problems.length === 0 ? '' : ` (passed over ${problems.join('; ')})`;
      await retire(connection, champion, { ...note, reason: `back to ${version}: ${note.reason}` });
      await connection.execute(`UPDATE model_version SET role = 'champion' WHERE version = $1`, [version]);
      await addEvent(connection, version, 'rolled_back', { ...note, reason: note.reason + passedOver });
      return showVersion(connection, version);
    }
    if (problems.length === 0)
      throw new AppError('not_found', 'No model version was in use before the present one.');
    throw new AppError(
      'not_found',
      `No model version that was in use before can serve: ${problems.join('; ')}`,
      { fix: 'Train a new one: orc train.' },
    );
  });
}

/** Notes that a version was compared and did not take the champion's place. */
export async function noteKeptOut(
  database: Database,
  version: string,
  note: ChangeNote,
): Promise<ModelVersion> {
  await addEvent(database, version, 'kept_out', note);
  return showVersion(database, version);
}

/** Those that were in use before the present one, the latest first. */
export async function earlierVersions(connection: Pick<Database, 'query'>): Promise<string[]> {
  const rows = await connection.query<{ version: string }>(
    `SELECT version FROM model_version
     WHERE role = 'retired' AND promoted_at < coalesce(
       (SELECT promoted_at FROM model_version WHERE role = 'champion'), 'infinity')
     ORDER BY promoted_at DESC`,
  );
  return rows.map(({ version }) => version);
}

function changingRoles<T>(database: Database, work: (connection: Queryable) => Promise<T>): Promise<T> {
  return database.transaction(async (connection) => {
    await connection.execute('LOCK TABLE model_version IN SHARE ROW EXCLUSIVE MODE');
    return work(connection);
  });
}

async function retire(connection: Queryable, champion: ModelVersion | null, note: ChangeNote): Promise<void> {
  if (champion === null) return;
  await connection.execute(`UPDATE model_version SET role = 'retired' WHERE version = $1`, [
    champion.version,
  ]);
  await addEvent(connection, champion.version, 'retired', note);
}

async function addEvent(
  connection: Pick<Database, 'execute'>,
  version: string,
  event: VersionEvent['event'],
  { by, reason }: ChangeNote,
): Promise<void> {
  await connection.execute(
    `UPDATE model_version SET history = history || jsonb_build_object('event', $2::text, 'by', $3::text,
       'reason', $4::text, 'at', extract(epoch FROM clock_timestamp())::float8)
     WHERE version = $1`,
    [version, event, by, reason],
  );
}
