/** The reasons of a risk, and the suggestion, that a person in a hurry reads. */
import { isMostlyUsual } from '../../features/describe-usual.js';
import { NO_TRY_LEFT } from '../../features/suggestion-rules.js';
import type { Suggestion } from '../../features/suggestions.js';
import type { DagExplanation, Reason, SubjectExplanation, TaskRisk, UsualReason } from './board.js';

const REASONS_SHOWN = 3;
/** A reason this much weaker than the strongest one, or this weak, explains nothing to a person in a hurry. */
const WEAK_SHARE = 0.15;
const WEAK_LOG_ODDS = 0.1;
/** A usual risk from which on the subject is at risk at any time. */
const HIGH_USUAL_RISK = 0.2;
/** The aspect of the subject's own outcomes: see features/aspects.ts. */
const RECORD = 'record';

function isUsualFirst({ explanation, usual, reasons }: SubjectExplanation): boolean {
  return isMostlyUsual(explanation.usualRisk, usual.logOdds, reasons);
}

/** What a subject that is always at risk has to say of it; null for others. */
export function usualReason(explained: SubjectExplanation): UsualReason | null {
  return explained.explanation.usualRisk >= HIGH_USUAL_RISK || isUsualFirst(explained)
    ? explained.usual
    : null;
}

/**
 * The reasons that raise a risk and matter, the strongest first. Where what is usual makes more of the risk than they do together, it comes
 * first, together with the subject's own record, which tells of the same; else it comes last. What a try must pass before anything else
 * comes second at the latest: of a task that is broken in any case it has little credit, and yet it may be what fails it.
 */
export function shownReasons(explained: SubjectExplanation): Reason[] {
  const shown = byStrength(explained);
  const hurdle = explained.reasons.find(
    ({ isFirstHurdle, isTelling, logOdds }) => isFirstHurdle === true && isTelling && logOdds > 0,
  );
  if (hurdle === undefined || shown.slice(0, 2).includes(hurdle)) return shown;
  const [first, ...rest] = shown.filter((reason) => reason !== hurdle);
  return first === undefined ? [hurdle] : [first, hurdle, ...rest];
}

function byStrength(explained: SubjectExplanation): Reason[] {
  const raising = explained.reasons.filter(({ logOdds, isTelling }) => isTelling && logOdds >= WEAK_LOG_ODDS);
  const strongest = raising[0]?.logOdds ?? 0;
  const main = raising.filter(({ logOdds }) => logOdds >= WEAK_SHARE * strongest);
  const usual = usualReason(explained);
  if (usual === null) return main;
  const record = main.find(({ group }) => group === RECORD);
  if (!isUsualFirst(explained)) return [...main, withoutRepeating(usual, record)];
  return [
    record === undefined ? usual : joined(usual, record),
    ...main.filter((reason) => reason !== record),
  ];
}

/** Says of what kind the latest failure was only where the record does not. */
function withoutRepeating(usual: UsualReason, record: Reason | undefined): Reason {
  const isTold = usual.kind !== null && record?.text.includes(usual.kind) === true;
  return isTold ? { ...usual, text: usual.rate } : usual;
}

function joined(usual: UsualReason, record: Reason): Reason {
  const text = `${usual.rate}; ${record.text.charAt(0).toLowerCase()}${record.text.slice(1)}`;
  return { ...record, text, logOdds: usual.logOdds + record.logOdds };
}

/** {@link shownReasons} in words, as many as a person in a hurry reads. */
export function mainReasons(explained: SubjectExplanation, most = REASONS_SHOWN): string[] {
  return shownReasons(explained)
    .slice(0, most)
    .map(({ text }) => text);
}

/**
 * The suggestion for the riskiest task, which is where something can be done; else that for the run. Where a task has failed with no
 * try left, the run's comes first: nothing that is done about another task helps it.
 */
export function mainSuggestion(
  explained: DagExplanation | undefined,
  task: TaskRisk | undefined,
): Suggestion | null {
  const ofRun = explained?.suggestion ?? null;
  const ofTask = task === undefined ? null : (explained?.tasks.get(task)?.suggestion ?? null);
  return ofRun?.rule === NO_TRY_LEFT ? ofRun : (ofTask ?? ofRun);
}
