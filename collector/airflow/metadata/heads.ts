/**
 * Heads of Airflow's migrations (`alembic_version.version_num`) and the first release that has each: `_REVISION_HEADS_MAP` in
 * `airflow/utils/db.py` of 3.3.2. Releases in between share the schema of the one before; 2.11 has that of 2.10.3.
 */
export const KNOWN_HEADS: Readonly<Record<string, string>> = {
  '1949afb29106': '2.9.0',
  '686269002441': '2.9.2',
  '22ed7efa9da2': '2.10.0',
  '5f2621c13b39': '2.10.3',
  '29ce7909c52b': '3.0.0',
  fe199e1abd77: '3.0.3',
  cc92b33c6709: '3.1.0',
  '509b94a1042d': '3.1.8',
  '1d6611b6ab7c': '3.2.0',
  d2f4e1b3c5a7: '3.3.0',
};

/** `2.9.0 (1949afb29106), 2.9.2 (686269002441), ...` */
export function describeKnownHeads(): string {
  return Object.entries(KNOWN_HEADS)
    .map(([head, release]) => `${release} (${head})`)
    .join(', ');
}
