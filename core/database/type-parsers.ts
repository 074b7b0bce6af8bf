import pg from 'pg';

const INT8 = 20;
const INT8_ARRAY = 1016;
const TEXT_ARRAY = 1009;
const NUMERIC = 1700;
const NUMERIC_ARRAY = 1231;

type TextParser = (value: string) => unknown;

type AnyTypeParser = (oid: number, format?: 'text' | 'binary') => TextParser;

const defaultParser = pg.types.getTypeParser as AnyTypeParser;
const parseTextArray = defaultParser(TEXT_ARRAY, 'text') as (value: string) => (string | null)[];
const parseNumberArray: TextParser = (value) =>
  parseTextArray(value).map((item) => (item === null ? null : Number(item)));

const ours = new Map<number, TextParser>([
  [INT8, Number],
  [NUMERIC, Number],
  [INT8_ARRAY, parseNumberArray],
  [NUMERIC_ARRAY, parseNumberArray],
]);

const parserOf: AnyTypeParser = (oid, format = 'text') =>
  (format === 'text' ? ours.get(oid) : undefined) ?? defaultParser(oid, format);

/**
 * How values of PostgreSQL become JavaScript values, for one pool (the driver's global table stays untouched).
 *
 * `int8` and `numeric` become numbers: counts, fact ids and sizes here stay below 2^53. `float8` is exact both ways.
 * `timestamptz` becomes a `Date`, which drops microseconds: SQL that needs Unix seconds selects
 * `extract(epoch from t)::float8` instead.
 */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: parserOf as typeof pg.types.getTypeParser,
};
