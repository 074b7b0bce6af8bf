/** What acting was worth, in all and by kind of action and cause: pure. */
import type { ActionKind } from '../../core/action-terms.js';
import { strataOf, type Stratum, type ValueCell } from './cells.js';
import type { Effect } from './effect.js';
import { failuresAvoided } from './failures-avoided.js';
import { minutesSaved } from './minutes-saved.js';

/** Counts of one arm. */
export interface ArmCounts {
  readonly units: number;
  /** Units of which it is known whether the run failed, and how many of them did. */
  readonly known: number;
  readonly failed: number;
  /** Units of which it is known how late the run was. */
  readonly delaysKnown: number;
}

export interface ValueLine {
  /** Null: all of them. */
  readonly kind: ActionKind | null;
  readonly cause: string | null;
  readonly treated: ArmCounts;
  readonly heldOut: ArmCounts;
  /** Per treated incident; null while too little is known. */
  readonly failuresAvoided: Effect | null;
  readonly minutesSaved: Effect | null;
  /** The same times the treated incidents. */
  readonly total: { readonly failuresAvoided: Effect | null; readonly minutesSaved: Effect | null };
}

/** The line of all, then of each kind, then of each kind and cause, in the order of the alphabet; none without rows. */
export function valueReport(cells: readonly ValueCell[]): ValueLine[] {
  if (cells.length === 0) return [];
  const kinds = [...new Set(cells.map(({ kind }) => kind))].sort();
  return [
    valueLine(cells, null, null),
    ...kinds.map((kind) => valueLine(cells, kind, null)),
    ...kinds.flatMap((kind) => {
      const causes = [
        ...new Set(cells.filter((cell) => cell.kind === kind).map(({ cause }) => cause)),
      ].sort();
      return causes.map((cause) => valueLine(cells, kind, cause));
    }),
  ];
}

/** The line of one kind and cause; null stands for all of them. */
export function valueLine(
  cells: readonly ValueCell[],
  kind: ActionKind | null,
  cause: string | null,
): ValueLine {
  const strata = strataOf(
    cells.filter((cell) => (kind === null || cell.kind === kind) && (cause === null || cell.cause === cause)),
  );
  const treated = countArm(strata, 'treated');
  const failures = failuresAvoided(strata);
  const minutes = minutesSaved(strata);
  return {
    kind,
    cause,
    treated,
    heldOut: countArm(strata, 'heldOut'),
    failuresAvoided: failures,
    minutesSaved: minutes,
    total: {
      failuresAvoided: times(failures, treated.units),
      minutesSaved: times(minutes, treated.units),
    },
  };
}

function countArm(strata: readonly Stratum[], arm: keyof Stratum): ArmCounts {
  const sum = (of: (stratum: Stratum[keyof Stratum]) => number): number =>
    strata.reduce((total, stratum) => total + of(stratum[arm]), 0);
  return {
    units: sum(({ units }) => units),
    known: sum(({ known }) => known),
    failed: sum(({ failed }) => failed),
    delaysKnown: sum(({ delay }) => delay.count),
  };
}

function times(effect: Effect | null, factor: number): Effect | null {
  if (effect === null) return null;
  return { estimate: effect.estimate * factor, low: effect.low * factor, high: effect.high * factor };
}
