import { explainLogEnd, TemplateMiner } from '../collector/failure-reason/index.js';
import type { FailureReasonObservation, TryObservation } from '../core/facts.js';
import { recordedLogEnd } from '../datasets/recording/log-end.js';

/** Explains the failures of a recording as a collector that reads logs would: what fails in the demo says why. */
export class RecordedReasons {
  readonly #miner = new TemplateMiner();

  /** Reasons of those tries that failed, in the order of their ends. */
  of(tries: readonly TryObservation[]): FailureReasonObservation[] {
    const ended = tries.filter(({ endedAt }) => endedAt !== null).sort((a, b) => a.endedAt! - b.endedAt!);
    return ended.flatMap((made) => {
      const log = recordedLogEnd(made);
      if (log === null) return [];
      const { class: failureClass, rule, evidence } = explainLogEnd(log);
      const template = evidence === null ? null : this.#miner.learn(evidence);
      const { deployment, dagId, runId, taskId, mapIndex, tryNumber, pool } = made;
      return {
        ...{ deployment, dagId, runId, taskId, mapIndex, tryNumber, pool },
        failureClass,
        rule,
        templateId: template?.id ?? null,
        template: template?.text ?? null,
        evidence,
        unread: null,
        endedAt: made.endedAt!,
      };
    });
  }
}
