/** What is usual for a subject, where that alone makes most of its risk. */
import { classWords, latestFailureClass, withLog } from './describe-record.js';
import { readerOf } from './describe.js';
import type { FeatureDefinition } from './types.js';
import { frequency } from './words.js';

/** What is usual for a subject, in words. */
export interface UsualWords {
  /** How often it fails. */
  readonly rate: string;
  /** Of what kind the latest failure was; null when no log tells. */
  readonly kind: string | null;
  /** The rate, and how its failures are. */
  readonly text: string;
  /** How far its usual risk lies above that of the deployment, in log-odds; 0 where that is not known. */
  readonly logOdds: number;
}

/** How the words begin. */
export const ON_ANY_DAY = 'at risk on any day';
/** Fewer failures say nothing of how they come. */
const LEAST_FAILURES = 3;
const SINGLY_FACTOR = 1.5;

interface Sources {
  readonly ofAll: string;
  readonly again: string;
  readonly all: string;
  readonly failures: string;
}

const OF_TRIES: Sources = {
  ofAll: 'deployment__failure_rate__32d',
  again: 'task__persistence__128d',
  all: 'tries of the deployment',
  failures: 'task__failures__all',
};
const OF_RUNS: Sources = {
  ofAll: 'deployment__run_failure_rate__32d',
  again: 'dag_run__persistence__32d',
  all: 'runs of the deployment',
  failures: 'dag_run__failures__last_30',
};

/** A usual risk below this is nothing to begin with. */
const NOTABLE_USUAL_RISK = 0.05;

/**
 * Whether what is usual makes more of a risk than all that raised it from there.
 *
 * @param usualRisk risk with everything at its usual level.
 * @param usualLogOdds how far that lies above the deployment.
 */
export function isMostlyUsual(
  usualRisk: number,
  usualLogOdds: number,
  contributions: readonly { readonly logOdds: number }[],
): boolean {
  const raised = contributions.reduce((sum, { logOdds }) => sum + Math.max(0, logOdds), 0);
  return usualRisk >= NOTABLE_USUAL_RISK && usualLogOdds > raised;
}

/** Whether failures come by themselves: after one, the next is hardly more likely than at any time. */
export function failsSingly(again: number, usual: number): boolean {
  return again < SINGLY_FACTOR * usual;
}

/**
 * How often the subject fails at any time, beside the deployment ("at risk on any day: it fails 1 in 4, tries of the deployment
 * 1 in 20; its failures come singly; the latest was a time-out").
 *
 * @param usualRisk risk with everything at its usual level.
 */
export function describeUsualRisk(
  usualRisk: number,
  definitions: readonly FeatureDefinition[],
  vector: ArrayLike<number>,
): UsualWords {
  const read = readerOf(definitions, vector);
  const { ofAll, again, all, failures } = Number.isNaN(read('dag_run__runs__all')) ? OF_TRIES : OF_RUNS;
  const typical = read(ofAll);
  const isKnown = typical > 0 && typical < 1;
  const [here, there] = [frequency(usualRisk), frequency(typical)];
  const isSingle = read(failures) >= LEAST_FAILURES && failsSingly(read(again), usualRisk);
  const rate = `${ON_ANY_DAY}: it fails ${here}${!isKnown || here === there ? '' : `, ${all} ${there}`}`;
  const latest = latestFailureClass(read);
  const kind = latest === null ? null : classWords(latest);
  const details = [
    isSingle ? 'its failures come singly' : null,
    kind === null ? null : `the latest${withLog(read)} was ${kind}`,
  ];
  return {
    rate,
    kind,
    text: [rate, ...details.filter((detail) => detail !== null)].join('; '),
    logOdds: isKnown ? logit(usualRisk) - logit(typical) : 0,
  };
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}
