/** The recording as it would have been collected while it happened, with what it does not tell made up. */
import type { AnyFact } from '../../core/fact-log/read.js';
import { FAILURE_CLASSES, tryLabel, type DagRunFact, type TryFact } from '../../core/facts.js';
import { inOrder, liveTryFacts, reasonFact, recordedFacts } from './support.js';
import { dagVersionFact, platformFact, poolFact } from './surroundings.js';

/** Tries of the recording as a collector would have seen them, half a minute late; reasons of its failures a little later. */
export function collectedLive(): AnyFact[] {
  return inOrder(
    recordedFacts().flatMap((row): AnyFact[] =>
      row.kind === 'try'
        ? [...liveTryFacts(row.fact, 30), ...reasonsOf(row.fact)]
        : row.kind === 'dag_run'
          ? surroundingsOf(row.fact)
          : [row],
    ),
  );
}

/** The recording tells no reasons: these are made up, some of them known only when the task has run again. */
function reasonsOf(fact: TryFact): AnyFact[] {
  if (tryLabel(fact.state) !== 1) return [];
  const failureClass = FAILURE_CLASSES[fact.taskId.length % FAILURE_CLASSES.length]!;
  return [reasonFact(fact, { failureClass, templateId: fact.pool }, 45 + (fact.factId % 7) * 3600)];
}

/** The recording tells nothing of the platform: this is made up, one fact per DAG run. */
function surroundingsOf({ deployment, dagId, queuedAt, factId }: DagRunFact): AnyFact[] {
  const eventTime = queuedAt ?? 0;
  const told: AnyFact[] = [
    dagVersionFact({ deployment, dagId, versionNumber: Math.floor(factId / 100), eventTime }),
    platformFact({ deployment, value: factId % 100, eventTime }),
    poolFact({ deployment, pool: 'reporting', occupiedSlots: factId % 3, slots: 2, eventTime }),
  ];
  return [told[factId % told.length]!];
}
