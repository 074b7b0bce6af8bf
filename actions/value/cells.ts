/** What the comparison needs to know of many rows: counts and moments, so that a million rows become a handful of cells. */
import type { Arm } from './draw.js';
import { countedDelay, type ValueRow } from './rows.js';

/** Count, mean and central sums of some numbers. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Sum of the squared, and cubed, distances from the mean. */
  readonly squares: number;
  readonly cubes: number;
}

/** The rows of one kind, cause, probability and arm. */
export interface ValueCell extends Pick<ValueRow, 'kind' | 'cause' | 'arm' | 'treatedProbability'> {
  readonly units: number;
  /** Units whose failing or not is known, and those of them that failed. */
  readonly known: number;
  readonly failed: number;
  /** Of the delays as they count. */
  readonly delay: Moments;
}

export const NO_MOMENTS: Moments = { count: 0, mean: 0, squares: 0, cubes: 0 };

/** Moments of the union of two samples (Pébay 2008, equations 2.1 and 3.1, "Formulas for Robust, One-Pass Parallel Computation"). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const delta = b.mean - a.mean;
  const product = a.count * b.count;
  return {
    count,
    mean: a.mean + (delta * b.count) / count,
    squares: a.squares + b.squares + (delta ** 2 * product) / count,
    cubes:
      a.cubes +
      b.cubes +
      (delta ** 3 * product * (a.count - b.count)) / count ** 2 +
      (3 * delta * (a.count * b.squares - b.count * a.squares)) / count,
  };
}

type Open = { -readonly [K in keyof ValueCell]: ValueCell[K] };

/** Folds rows into cells. */
export function foldCells(rows: Iterable<ValueRow>): ValueCell[] {
  const cells = new Map<string, Open>();
  for (const { kind, cause, arm, treatedProbability, failed, delayMinutes } of rows) {
    const key = `${kind} ${arm} ${treatedProbability} ${cause}`;
    let cell = cells.get(key);
    if (cell === undefined) cells.set(key, (cell = emptyCell(kind, cause, arm, treatedProbability)));
    cell.units++;
    if (failed !== null) cell.known++;
    if (failed === true) cell.failed++;
    if (delayMinutes !== null)
      cell.delay = mergeMoments(cell.delay, {
        count: 1,
        mean: countedDelay(delayMinutes),
        squares: 0,
        cubes: 0,
      });
  }
  return [...cells.values()];
}

function emptyCell(kind: ValueRow['kind'], cause: string, arm: Arm, treatedProbability: number): Open {
  return { kind, cause, arm, treatedProbability, units: 0, known: 0, failed: 0, delay: NO_MOMENTS };
}

/** One arm of one probability, all kinds and causes together. */
export type ArmTotals = Pick<ValueCell, 'units' | 'known' | 'failed' | 'delay'>;

/** Incidents that were drawn with one probability: within a stratum the arms are alike but for the action. */
export interface Stratum {
  readonly treated: ArmTotals;
  readonly heldOut: ArmTotals;
}

const NO_UNITS: ArmTotals = { units: 0, known: 0, failed: 0, delay: NO_MOMENTS };

/** Puts the cells of each probability together. */
export function strataOf(cells: Iterable<ValueCell>): Stratum[] {
  const strata = new Map<number, Stratum>();
  for (const cell of cells) {
    const stratum = strata.get(cell.treatedProbability) ?? { treated: NO_UNITS, heldOut: NO_UNITS };
    const arm = cell.arm === 'treated' ? 'treated' : 'heldOut';
    strata.set(cell.treatedProbability, { ...stratum, [arm]: add(stratum[arm], cell) });
  }
  return [...strata.values()];
}

function add(a: ArmTotals, b: ArmTotals): ArmTotals {
  return {
    units: a.units + b.units,
    known: a.known + b.known,
    failed: a.failed + b.failed,
    delay: mergeMoments(a.delay, b.delay),
  };
}
