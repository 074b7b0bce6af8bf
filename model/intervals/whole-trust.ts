/**
 * How far to believe the durations of whole runs beside what comes of playing their tasks through. Tasks know more while a run
 * goes on, and when one of them changes; but where there are many of them, or they hang together, small errors add up, and the
 * earlier runs themselves tell better how long one takes. The forecast is a mixture of both; its weight follows the
 * outcomes by online expectation maximisation (Cappé and Moulines 2009), that of a DAG from that of its deployment on.
 */
import type { UnixSeconds } from '../../core/facts.js';
import type { EndDistribution } from './end-distribution.js';

/** Share of the whole runs before anything is known. */
const FIRST_SHARE = 0.1;
/** Outcomes that the deployment's share follows, and those that it stands for in a new DAG. */
const SHARED_HORIZON = 500;
const SHARED_WEIGHT = 5;
/** What is left of an outcome of a DAG after the next one: about the last thirty count. */
const KEPT_PER_OUTCOME = 0.97;
/** How near a forecast has to come, as a factor and in seconds: many histories tell whole seconds. */
const NEAR_FACTOR = 1.1;
const NEAR_SECONDS = 0.5;
/** An end that neither expected says nothing of them. */
const LEAST_PROBABILITY = 0.01;

/** What is shared by the DAGs of a deployment. */
export class SharedTrust {
  share = FIRST_SHARE;

  learn(responsibility: number): void {
    this.share += (responsibility - this.share) / SHARED_HORIZON;
  }
}

/** Of one DAG. */
export class WholeTrust {
  private outcomes = 0;
  private whole = 0;

  /** Weight of the whole runs in the mixture, 0 to 1. */
  share({ share }: SharedTrust): number {
    return (SHARED_WEIGHT * share + this.whole) / (SHARED_WEIGHT + this.outcomes);
  }

  /**
   * Takes in where a run ended.
   *
   * @param share the weight when the forecast was made.
   */
  learn(
    shared: SharedTrust,
    share: number,
    played: EndDistribution,
    whole: EndDistribution,
    endedAt: UnixSeconds,
  ): void {
    const ofWhole = share * nearness(whole, endedAt);
    const responsibility = ofWhole / (ofWhole + (1 - share) * nearness(played, endedAt));
    this.outcomes = KEPT_PER_OUTCOME * this.outcomes + 1;
    this.whole = KEPT_PER_OUTCOME * this.whole + responsibility;
    shared.learn(responsibility);
  }
}

function nearness(distribution: EndDistribution, endedAt: UnixSeconds): number {
  const seconds = Math.max(0, endedAt - distribution.origin);
  const from = distribution.origin + seconds / NEAR_FACTOR - NEAR_SECONDS;
  const to = distribution.origin + seconds * NEAR_FACTOR + NEAR_SECONDS;
  return Math.max(LEAST_PROBABILITY, distribution.probability(to) - distribution.probability(from));
}
