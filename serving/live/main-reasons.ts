/** The reasons of a risk that a person in a hurry reads. */
import { formatRisk } from '../web/format.js';
import type { SubjectExplanation } from './board.js';

const REASONS_SHOWN = 3;
/** A reason this much weaker than the strongest one, or this weak, explains nothing to a person in a hurry. */
const WEAK_SHARE = 0.15;
const WEAK_LOG_ODDS = 0.1;
/** A usual risk from which on the subject is at risk at any time. */
const HIGH_USUAL_RISK = 0.2;

/** What a subject that is always at risk has to say first; null for others. */
export function usualReason({ explanation }: SubjectExplanation): string | null {
  const { usualRisk } = explanation;
  return usualRisk >= HIGH_USUAL_RISK
    ? `At risk on any day: its usual risk is ${formatRisk(usualRisk)}`
    : null;
}

/** The reasons that raise a risk and matter, as short as a person in a hurry reads them. */
export function mainReasons(explained: SubjectExplanation, most = REASONS_SHOWN): string[] {
  const raising = explained.reasons.filter(({ logOdds, isTelling }) => isTelling && logOdds >= WEAK_LOG_ODDS);
  const strongest = raising[0]?.logOdds ?? 0;
  const usual = usualReason(explained);
  return [
    ...raising.filter(({ logOdds }) => logOdds >= WEAK_SHARE * strongest).map(({ text }) => text),
    ...(usual === null ? [] : [usual]),
  ].slice(0, most);
}
