import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STAGE_QUEUED } from '../../../features/vector-store.js';
import { replayDecisions, type ScoredDecisions } from '../../../model/calibration/decision-stream.js';
import { StartingTrust } from '../../../model/calibration/starting-trust.js';
import { StratifiedMixture } from '../../../model/calibration/stratified-mixture.js';
import { logit, sigmoid, softplus } from '../../../model/log-odds.js';
import { seededRandom } from '../../../model/random.js';

const HOUR = 3600;
/** In nats. */
const lossOf = (logOdds: number, label: number): number => softplus(logOdds) - label * logOdds;

/** Shows outcomes one after the other; returns the log loss with what was trusted, and without any shift. */
function show(
  trust: StartingTrust,
  outcomes: readonly { readonly z: number; readonly shift: number; readonly label: number }[],
): { trusted: number; without: number } {
  let trusted = 0;
  let without = 0;
  for (const [k, { z, shift, label }] of outcomes.entries()) {
    trusted += lossOf(trust.pooled(z, shift), label);
    without += lossOf(z, label);
    trust.observe([z], [shift], [label], k * HOUR);
  }
  return { trusted, without };
}

/** Subjects of two operators that the risk does not tell apart, failing at 2 % and 30 %. */
function world(count: number, sign: 1 | -1): { z: number; shift: number; label: number }[] {
  const random = seededRandom(3);
  const middle = logit(0.1);
  return Array.from({ length: count }, (_, i) => {
    const rate = i % 2 === 0 ? 0.02 : 0.3;
    return { z: middle, shift: sign * (logit(rate) - middle), label: random() < rate ? 1 : 0 };
  });
}

describe('trust in how others like it start', () => {
  it('is half before any outcome', () => {
    const risk = sigmoid(new StartingTrust().pooled(0, 2));
    expect(risk).toBeCloseTo((0.5 + sigmoid(2)) / 2, 12);
  });

  it('leaves a risk without a shift as it is, to the bit', () => {
    const trust = new StartingTrust();
    show(trust, world(50, 1));
    expect(trust.pooled(-1.2345678901234567, 0)).toBe(-1.2345678901234567);
  });

  it('grows where the shift proves right', () => {
    const trust = new StartingTrust();
    const { trusted, without } = show(trust, world(300, 1));
    expect(trusted).toBeLessThan(without - 10);
    expect(trust.pooled(-2, 1)).toBeGreaterThan(-1.05);
  });

  it('is gone where it proves wrong', () => {
    const trust = new StartingTrust();
    show(trust, world(300, -1));
    expect(trust.pooled(-2, 1)).toBeLessThan(-1.95);
  });

  it('costs no more than ln 2 nats, whatever comes', () => {
    const outcome = fc.record({
      z: fc.double({ min: -6, max: 6, noNaN: true }),
      shift: fc.double({ min: -4, max: 4, noNaN: true }),
      label: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 60 }), (outcomes) => {
        const { trusted, without } = show(new StartingTrust(), outcomes);
        // Forgetting lets a little more through than the bound of a mixture that forgets nothing.
        expect(trusted).toBeLessThan(without + Math.LN2 + 0.1);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('goes on after being saved', () => {
    const trust = new StartingTrust();
    show(trust, world(40, 1));
    const again = new StartingTrust(JSON.parse(JSON.stringify(trust.state())) as never);
    expect(again.pooled(-1, 0.7)).toBe(trust.pooled(-1, 0.7));
  });
});

describe('in the mixture', () => {
  const ROWS = 600;
  /** Every third subject has little history; `sign` 0 leaves all shifts out. */
  function stream(sign: -1 | 0 | 1): ScoredDecisions {
    const made = world(ROWS, 1);
    const times = Float64Array.from({ length: ROWS }, (_, i) => i * 100);
    const flat = (): Float64Array => Float64Array.from(made, ({ z }) => z);
    return {
      scores: {
        rate: flat(),
        offset: flat(),
        residual: new Float64Array(ROWS),
        strata: new Uint8Array(ROWS),
        stages: new Uint8Array(ROWS).fill(STAGE_QUEUED),
        passed: new Float64Array(ROWS),
        starting: Float64Array.from(made, ({ shift }, i) => (i % 3 === 0 ? sign * shift : 0)),
      },
      decidedAt: times,
      labels: Uint8Array.from(made, ({ label }) => label),
      labelKnownAt: times.map((time) => time + 50),
    };
  }
  const risksOf = (sign: -1 | 0 | 1): Float64Array =>
    replayDecisions(new StratifiedMixture(true), stream(sign), false);
  const { labels } = stream(0);
  const lossWhere = (risks: Float64Array, thin: boolean): number =>
    risks.reduce((sum, risk, i) => sum + ((i % 3 === 0) === thin ? lossOf(risk, labels[i]!) : 0), 0);

  it('changes no risk of a subject with a history of its own', () => {
    const plain = risksOf(0);
    for (const sign of [1, -1] as const)
      risksOf(sign).forEach((risk, i) => {
        if (i % 3 !== 0) expect(risk).toBe(plain[i]);
      });
  });

  it('helps those without where operators differ, and hurts them by little where they differ the other way', () => {
    const plain = lossWhere(risksOf(0), true);
    expect(lossWhere(risksOf(1), true)).toBeLessThan(plain - 5);
    expect(lossWhere(risksOf(-1), true)).toBeLessThan(plain + Math.LN2 + 0.1);
  });
});
