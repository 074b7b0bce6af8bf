import { describe, expect, it } from 'vitest';
import { resultOf, type Warned } from '../../bench/causes/naming.js';
import { SIMULATED_CAUSES } from '../../bench/causes/simulated.js';
import { failureClassFeature } from '../../features/groups/failure-reason.js';
import { TRY_FEATURES } from '../../features/registry.js';

/** A failure whose first reason is the task's record: its latest tries failed by an error in the code. */
function failedByCode(cause: string, beside: readonly string[]): Warned {
  const known: Record<string, number> = {
    task__tries__all: 40,
    task__failures__all: 12,
    task__failures__last_30: 12,
    task__failure_streak__now: 12,
    task__failure_rate__128d: 0.1,
    task__last_outcome__latest: 1,
    [failureClassFeature('code')]: 1,
  };
  const vector = Float32Array.from(TRY_FEATURES, ({ name }) => known[name] ?? NaN);
  const contributions = [{ group: 'record', logOdds: 4 }];
  return { cause, beside, isOnset: false, explanation: { risk: 0.9, usualRisk: 0.1, contributions }, vector };
}

function resultFor(cause: string, warned: readonly Warned[]) {
  const spec = SIMULATED_CAUSES.find((candidate) => candidate.cause === cause)!;
  return resultOf(spec, SIMULATED_CAUSES, warned, warned.length);
}

describe('a failure while two causes are in action', () => {
  it('is named by either, but strictly only by the one that failed it', () => {
    const both = failedByCode('pool_starvation', ['bad_deploy']);
    expect(resultFor('pool_starvation', [both])).toMatchObject({ named: 0, beside: 1, namedAny: 1 });
    const other = failedByCode('pool_starvation', ['shared_outage']);
    expect(resultFor('pool_starvation', [both, other])).toMatchObject({ named: 0, beside: 2, namedAny: 0.5 });
  });

  it('is not named by what was not in action', () => {
    const alone = failedByCode('pool_starvation', []);
    expect(resultFor('pool_starvation', [alone])).toMatchObject({ named: 0, beside: 0, namedAny: 0 });
  });

  it('is named by its own cause in both figures', () => {
    const own = failedByCode('bad_deploy', []);
    expect(resultFor('bad_deploy', [own])).toMatchObject({ named: 1, beside: 0, namedAny: 1 });
  });
});
