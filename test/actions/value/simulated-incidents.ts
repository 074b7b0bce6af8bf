import { createHash } from 'node:crypto';
import { drawArm } from '../../../actions/value/draw.js';
import { MOST_DELAY_MINUTES, type ValueRow } from '../../../actions/value/rows.js';
import { normal, seededRandom } from '../../../model/random.js';

/** An action whose true effect is known. */
export interface TrueAction {
  readonly incidents: number;
  /** Shares held out, of the first half of the incidents and of the second. */
  readonly heldOutShares: readonly [number, number];
  /** Probability of failing when left alone, and when treated. */
  readonly failing: { readonly heldOut: number; readonly treated: number };
  /** Delay: 0 with a probability, else log-normal minutes with a median and a spread (standard deviation of the logarithm). */
  readonly delay: { readonly heldOut: Delay; readonly treated: Delay };
}

export interface Delay {
  readonly onTime: number;
  readonly medianMinutes: number;
  readonly spread: number;
}

/** Mean of the delays as they count: that of a log-normal distribution censored at {@link MOST_DELAY_MINUTES}. */
export function meanDelay({ onTime, medianMinutes, spread }: Delay): number {
  const cap = Math.log(MOST_DELAY_MINUTES / medianMinutes);
  const below = medianMinutes * Math.exp(spread ** 2 / 2) * normalShare((cap - spread ** 2) / spread);
  return (1 - onTime) * (below + MOST_DELAY_MINUTES * (1 - normalShare(cap / spread)));
}

/** Cumulative distribution of the standard normal, by Simpson's rule from 0. */
function normalShare(z: number): number {
  const steps = 200;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 0 ? 2 : 4;
    sum += weight * Math.exp(-(((z * i) / steps) ** 2) / 2);
  }
  return 0.5 + (z / steps / 3) * (sum / Math.sqrt(2 * Math.PI));
}

/** A secret salt per seed. */
export const saltOf = (seed: number): Uint8Array => createHash('sha256').update(`salt ${seed}`).digest();

/** Incidents of one seed, drawn as ORC draws them. */
export function* simulateIncidents(action: TrueAction, seed: number): Generator<ValueRow, void, undefined> {
  const random = seededRandom(seed);
  const salt = saltOf(seed);
  for (let n = 0; n < action.incidents; n++) {
    const share = action.heldOutShares[n < action.incidents / 2 ? 0 : 1];
    const { arm, treatedProbability } = drawArm(
      salt,
      { kind: 'incident', deployment: 'default', incidentId: n },
      share,
    );
    const of = arm === 'treated' ? 'treated' : 'heldOut';
    const { onTime, medianMinutes, spread } = action.delay[of];
    const isOnTime = random() < onTime;
    const minutes = medianMinutes * Math.exp(spread * normal(random));
    yield {
      kind: 'retry',
      cause: 'transient',
      arm,
      treatedProbability,
      failed: random() < action.failing[of],
      delayMinutes: isOnTime ? 0 : minutes,
      drawnAt: n,
    };
  }
}
