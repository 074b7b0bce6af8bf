/** The page of docs that lists every feature. */
import { DAG_RUN_FEATURES, TRY_FEATURES } from './registry.js';
import type { FeatureDefinition } from './types.js';

const UNITS: readonly (readonly [unit: string, meaning: string])[] = [
  ['ratio', 'a share or probability, 0 to 1 (sines and cosines: -1 to 1)'],
  ['count', 'a number of things, decayed where the name ends in a half-life'],
  ['flag', '1 or 0'],
  ['log1p_seconds', 'ln(1 + seconds)'],
  ['log1p', 'ln(1 + value), with the sign of the value'],
  ['log_ratio', 'logarithm of a quantity over its usual'],
  ['score', 'standard deviations from the usual, cut at 8'],
];

/** A Markdown table with aligned columns, as Prettier writes it. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const [head, ...body] = rows;
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)];
}

function meaningOf({ meaning, isToldOnly }: FeatureDefinition): string {
  return isToldOnly ? `${meaning} (only told)` : meaning;
}

function groupTables(features: readonly FeatureDefinition[]): string[] {
  const groups = [...new Set(features.map(({ group }) => group))];
  return groups.flatMap((group) => [
    `### ${group}`,
    '',
    ...table([
      ['feature', 'unit', 'meaning'],
      ...features
        .filter((feature) => feature.group === group)
        .map((feature) => [`\`${feature.name}\``, feature.unit, meaningOf(feature)]),
    ]),
    '',
  ]);
}

/** Markdown of `docs/features.md`, made from the registry. */
export function renderFeatureReference(): string {
  return [
    '# Features',
    '',
    'Generated from `features/registry.ts` (`renderFeatureReference`); a test compares.',
    '',
    'A vector describes one try of a task, or one DAG run, at its decision time, from facts visible strictly before it. Unknown',
    'values are NaN. Names are `entity__measure__window`: a window such as `32d` is the half-life at which older outcomes lose',
    'half of their weight; `last_4` counts outcomes; `now`, `so_far`, `usual`, `last` and `recent` need no window. Rates are',
    'drawn towards those of the DAG or deployment while there is little evidence. Columns marked "only told" are read by words and',
    'suggestions, and by no model.',
    '',
    ...table([['unit', 'meaning'], ...UNITS]),
    '',
    `## Tries (${TRY_FEATURES.length})`,
    '',
    ...groupTables(TRY_FEATURES),
    `## DAG runs (${DAG_RUN_FEATURES.length})`,
    '',
    ...groupTables(DAG_RUN_FEATURES),
  ].join('\n');
}

/** Units that a feature may have. */
export const FEATURE_UNITS: readonly string[] = UNITS.map(([unit]) => unit);
