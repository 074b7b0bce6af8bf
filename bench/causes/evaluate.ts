/** Whether the first reasons name the cause that is known to have made a try fail. */
import { aspectOf } from '../../features/aspects.js';
import { latestFailureClass } from '../../features/describe-record.js';
import { describeAspect, readerOf } from '../../features/describe.js';
import { TRY_FEATURES } from '../../features/registry.js';
import { suggest } from '../../features/suggestions.js';
import { explainRows } from '../../model/explanation/explain.js';
import { describeUsual } from '../../model/explanation/usual-level.js';
import { fitRiskNetwork, type FittedRisk } from '../../model/network/fit-risk-network.js';
import { NetworkModel } from '../../model/network/network-model.js';
import type { Explanation, LabelledVectors } from '../../model/types.js';
import type { NamedCause } from './named-causes.js';

/** Risk from which on a DAG gets a card on the overview: the warning of this evaluation. */
export const WARNING_RISK = 0.2;
const TRAIN_FRACTION = 0.6;
const FIRST_REASONS = 2;
/** The model follows outcomes in steps of this length, as one that is served does. */
const STEP_SECONDS = 43_200;

/** How one cause fared. */
export interface CauseResult {
  readonly cause: string;
  /** Failures that it made in the test part, those of them that were warned of as they were queued, and of these those after a success. */
  readonly failures: number;
  readonly warned: number;
  readonly onsets: number;
  /** Share of the warned failures whose first two reasons name the cause: in all, by an aspect of its own, by what the log of the latest failure said, by the usual risk. */
  readonly named: number | null;
  readonly by: { readonly aspect: number; readonly log: number; readonly usual: number } | null;
  /** Share of the warned failures of other causes that would count as named for this one. */
  readonly namedForOthers: number | null;
  /** Share of the warned failures with a suggestion, and with one that suits the cause. */
  readonly suggested: number | null;
  readonly suited: number | null;
  /** The first two reasons of one such failure. */
  readonly example: string | null;
}

interface Warned {
  readonly cause: string;
  readonly isOnset: boolean;
  readonly explanation: Explanation;
  readonly vector: Float32Array;
}

/** Labelled vectors with the cause of each failed one. */
export interface CausedVectors extends LabelledVectors {
  readonly causes: readonly (string | null)[];
}

/** The model of the earlier part of a history. */
export function fitEarlier(vectors: LabelledVectors, seed: number): FittedRisk {
  const rows = Math.floor(TRAIN_FRACTION * vectors.rows);
  const part = { rows, knownBefore: vectors.decidedAt[rows]! };
  const options = { seed, onProgress: () => undefined, signal: new AbortController().signal };
  return fitRiskNetwork(vectors, part, options).fitted;
}

/** Explains the failures of the later part of a history as they were queued, with the model following outcomes. */
export async function evaluateCauses(
  vectors: CausedVectors,
  fitted: FittedRisk,
  named: readonly NamedCause[],
): Promise<CauseResult[]> {
  const trainRows = Math.floor(TRAIN_FRACTION * vectors.rows);
  const usual = describeUsual(fitted, { ...vectors, rows: trainRows });
  const model = new NetworkModel(fitted);
  const aspects = TRY_FEATURES.map(aspectOf);
  const width = vectors.features.length;
  const warned: Warned[] = [];
  for (const step of stepsFrom(vectors, trainRows)) {
    await model.learn(vectors, step.known);
    if (step.caused.length === 0) continue;
    const values = new Float32Array(step.caused.length * width);
    step.caused.forEach((row, i) => {
      values.set(vectors.values.subarray(row * width, (row + 1) * width), i * width);
    });
    const explanations = await explainRows(model, usual, aspects, values, step.caused.length);
    step.caused.forEach((row, i) => {
      const explanation = explanations[i]!;
      if (explanation.risk < WARNING_RISK) return;
      warned.push({
        cause: vectors.causes[row]!,
        isOnset: vectors.afterSuccess[row] === 1,
        explanation,
        vector: values.subarray(i * width, (i + 1) * width),
      });
    });
  }
  const tested = vectors.causes.slice(trainRows);
  return named.map((spec) => resultOf(spec, warned, tested.filter((cause) => cause === spec.cause).length));
}

/** Steps through the test part: the outcomes that have become known, and the rows of failures with a known cause that follow. */
function* stepsFrom(
  { rows, decidedAt, labelKnownAt, causes }: CausedVectors,
  first: number,
): Generator<{ known: Int32Array; caused: number[] }> {
  const byKnown = Int32Array.from({ length: rows }, (_, row) => row)
    .filter((row) => labelKnownAt[row]! >= decidedAt[first]!)
    .sort((a, b) => labelKnownAt[a]! - labelKnownAt[b]! || a - b);
  let next = 0;
  for (let from = first; from < rows;) {
    const begin = decidedAt[from]!;
    const learnt = next;
    while (next < byKnown.length && labelKnownAt[byKnown[next]!]! < begin) next++;
    const caused: number[] = [];
    let to = from;
    for (; to < rows && decidedAt[to]! < begin + STEP_SECONDS; to++) if (causes[to] !== null) caused.push(to);
    yield { known: byKnown.slice(learnt, next), caused };
    from = to;
  }
}

function firstReasons({ contributions }: Explanation): string[] {
  return contributions
    .filter(({ logOdds }) => logOdds > 0)
    .slice(0, FIRST_REASONS)
    .map(({ group }) => group);
}

function namingOf(spec: NamedCause, { explanation, vector }: Warned) {
  const first = firstReasons(explanation);
  const read = readerOf(TRY_FEATURES, vector);
  const latest = latestFailureClass(read);
  return {
    aspect: first.some((aspect) => spec.aspects.includes(aspect)) && (spec.evidence?.(read) ?? true),
    log: first.includes('record') && latest !== null && spec.classes.includes(latest),
    usual: spec.isUsual === true && explanation.usualRisk >= WARNING_RISK,
  };
}

function resultOf(spec: NamedCause, all: readonly Warned[], failures: number): CauseResult {
  const own = all.filter(({ cause }) => cause === spec.cause);
  const others = all.filter(({ cause }) => cause !== spec.cause);
  const named = (warned: Warned): boolean => Object.values(namingOf(spec, warned)).some(Boolean);
  const namings = own.map((warned) => namingOf(spec, warned));
  const rules = own.map(
    ({ explanation, vector }) => suggest(explanation.contributions, TRY_FEATURES, vector)?.rule ?? null,
  );
  const shown = own.find(named) ?? own[0];
  return {
    cause: spec.cause,
    failures,
    warned: own.length,
    onsets: own.filter(({ isOnset }) => isOnset).length,
    named: shareOf(own, named),
    by:
      own.length === 0
        ? null
        : {
            aspect: shareOf(namings, ({ aspect }) => aspect)!,
            log: shareOf(namings, ({ log }) => log)!,
            usual: shareOf(namings, ({ usual }) => usual)!,
          },
    namedForOthers: shareOf(others, named),
    suggested: shareOf(rules, (rule) => rule !== null),
    suited: shareOf(rules, (rule) => rule !== null && spec.rules.includes(rule)),
    example: shown === undefined ? null : inWords(shown),
  };
}

function inWords({ explanation, vector }: Warned): string {
  return explanation.contributions
    .filter(({ logOdds }) => logOdds > 0)
    .slice(0, FIRST_REASONS)
    .map(({ group, logOdds }) => describeAspect(group, logOdds, TRY_FEATURES, vector).text)
    .join(' / ');
}

function shareOf<T>(items: readonly T[], holds: (item: T) => boolean): number | null {
  return items.length === 0 ? null : Math.round((items.filter(holds).length / items.length) * 1000) / 1000;
}
