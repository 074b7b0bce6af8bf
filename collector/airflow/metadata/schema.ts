import type { Queryable } from '../../../core/database/port.js';
import { AirflowError } from '../http/airflow-error.js';
import { type Generation, HISTORY_TABLE, NEEDED, TABLES, grantsFor } from './columns.js';
import { DEADLINE_COLUMNS, DEADLINE_TABLES, type DeadlineForm, deadlineGrants } from './deadlines.js';
import { KNOWN_HEADS, describeKnownHeads } from './heads.js';

/** What was found of Airflow's schema. */
export interface MetadataSchema {
  readonly generation: Generation;
  /** Of Airflow's migrations. */
  readonly head: string;
  /** False for a head that this version of ORC does not know. */
  readonly isKnownHead: boolean;
  /** The first release with this head; of an unknown one the nearest that is known. */
  readonly release: string;
  /** Minor number of that release. */
  readonly minor: number;
  /** False before Airflow 2.10, which forgets earlier tries. */
  readonly hasHistory: boolean;
  /** How Airflow keeps deadlines of DAG runs; null before Airflow 3.1. */
  readonly deadlines: {
    readonly form: DeadlineForm;
    /** The statements that are missing; null when the role may read them. */
    readonly missingGrants: string | null;
  } | null;
}

interface ColumnRow extends Record<string, unknown> {
  readonly table: string;
  readonly column: string;
  readonly readable: boolean;
}

/** Asked of the catalogue, which also tells of columns that the role may not read. */
const COLUMNS = `
  SELECT c.relname::text AS table, a.attname::text AS column, has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
  FROM unnest($1::text[]) AS wanted (name)
  JOIN pg_class c ON c.oid = to_regclass(wanted.name)
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

/** Which schema it is. An unknown head is no error while the columns that ORC reads are there.
 * @throws AirflowError `unsupported` that names what is missing; `unauthorized` with the GRANT that is missing
 */
export async function readSchema(connection: Pick<Queryable, 'query'>): Promise<MetadataSchema> {
  const columns = await connection.query<ColumnRow>(COLUMNS, [[...TABLES, ...DEADLINE_TABLES]]);
  const tables = byTable(columns);
  const runs = tables.get('dag_run');
  if (runs === undefined || !tables.has('alembic_version')) throw notAirflow(tables);
  const generation: Generation = runs.has('run_after') ? 3 : 2;
  const hasHistory = tables.has(HISTORY_TABLE);
  await check(connection, tables, generation, hasHistory);
  const [version] = await connection.query<{ head: string }>(
    'SELECT version_num AS head FROM alembic_version ORDER BY version_num LIMIT 1',
  );
  const head = version?.head ?? 'none';
  const known = KNOWN_HEADS[head];
  const release = known ?? nearestRelease(generation, hasHistory);
  return {
    generation,
    head,
    isKnownHead: known !== undefined,
    release,
    minor: Number(release.split('.')[1]),
    hasHistory,
    deadlines: await findDeadlines(connection, tables),
  };
}

/** What to tell of a head that is not known; null for a known one. */
export function headWarning(schema: MetadataSchema): string | null {
  if (schema.isKnownHead) return null;
  return `the schema version ${schema.head} is not one that this version of ORC was tested with: ${describeKnownHeads()}; all columns that it reads are there`;
}

async function findDeadlines(
  connection: Pick<Queryable, 'query'>,
  tables: ReadonlyMap<string, ReadonlyMap<string, boolean>>,
): Promise<MetadataSchema['deadlines']> {
  // Airflow 3.0 has a table of this name that nothing fills, in another form.
  const form = (Object.keys(DEADLINE_COLUMNS) as DeadlineForm[]).find((each) =>
    Object.entries(DEADLINE_COLUMNS[each]).every(([table, columns]) =>
      columns.every((column) => tables.get(table)?.has(column)),
    ),
  );
  if (form === undefined) return null;
  const isReadable = Object.entries(DEADLINE_COLUMNS[form]).every(([table, columns]) =>
    columns.every((column) => tables.get(table)?.get(column)),
  );
  return { form, missingGrants: isReadable ? null : deadlineGrants(form, await roleOf(connection)) };
}

async function roleOf(connection: Pick<Queryable, 'query'>): Promise<string> {
  const [row] = await connection.query<{ role: string }>('SELECT quote_ident(current_user) AS role');
  return row?.role ?? 'orc_reader';
}

function byTable(rows: readonly ColumnRow[]): Map<string, Map<string, boolean>> {
  const tables = new Map<string, Map<string, boolean>>();
  for (const { table, column, readable } of rows) {
    const columns = tables.get(table) ?? new Map<string, boolean>();
    tables.set(table, columns.set(column, readable));
  }
  return tables;
}

async function check(
  connection: Pick<Queryable, 'query'>,
  tables: ReadonlyMap<string, ReadonlyMap<string, boolean>>,
  generation: Generation,
  hasHistory: boolean,
): Promise<void> {
  const needed = Object.entries(NEEDED[generation]).filter(
    ([table]) => table !== HISTORY_TABLE || hasHistory || generation === 3,
  );
  const missing = needed.flatMap(([table, columns]) =>
    columns.filter((column) => !tables.get(table)?.has(column)).map((column) => `${table}.${column}`),
  );
  if (missing.length > 0) throw missingColumns(missing, generation);
  const closed = needed.filter(([table, columns]) => columns.some((c) => !tables.get(table)!.get(c)!));
  if (closed.length > 0) {
    throw notAllowed(
      closed.map(([table]) => table),
      generation,
      await roleOf(connection),
    );
  }
}

function nearestRelease(generation: Generation, hasHistory: boolean): string {
  const prefix = generation === 3 ? '3.' : hasHistory ? '2.1' : '2.9';
  return Object.values(KNOWN_HEADS)
    .filter((release) => release.startsWith(prefix))
    .at(-1)!;
}

function notAirflow(tables: ReadonlyMap<string, unknown>): AirflowError {
  const seen = [...tables.keys()].join(', ') || 'none of its tables is there';
  return new AirflowError(
    'unsupported',
    `the database is not the metadata database of an Airflow, or its schema is closed to this role (seen: ${seen})`,
    {
      fix: 'Name the right database in metadata_database_url. Where Airflow keeps its tables in another schema than public: GRANT USAGE ON SCHEMA its_schema TO the_role; ALTER ROLE the_role SET search_path = its_schema;',
    },
  );
}

function missingColumns(missing: readonly string[], generation: Generation): AirflowError {
  return new AirflowError(
    'unsupported',
    `the metadata database (of an Airflow ${generation}) lacks ${missing.join(', ')}; ORC reads the schemas of Airflow ${describeKnownHeads()}`,
    { fix: 'Upgrade that Airflow (or ORC), or remove metadata_database_url: the REST API is then read.' },
  );
}

function notAllowed(tables: readonly string[], generation: Generation, role: string): AirflowError {
  return new AirflowError(
    'unauthorized',
    `the role ${role} may not read ${tables.join(', ')} in the metadata database`,
    {
      isForbidden: true,
      fix: `As the owner of Airflow's tables:\n${grantsFor(generation, role, tables)}`,
    },
  );
}
