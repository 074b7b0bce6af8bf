/** Why a risk is what it is, in words. */
import { describeAspect, type SubjectNames } from '../../features/describe.js';
import { describeUsualRisk, isMostlyUsual } from '../../features/describe-usual.js';
import { suggest } from '../../features/suggestions.js';
import { DAG_RUN_FEATURES, TRY_FEATURES } from '../../features/registry.js';
import type { Explanation, SubjectKind } from '../../model/types.js';
import type { SubjectExplanation } from './board.js';

/** Below this risk there is nothing to be done about, whatever moved it. */
const SUGGESTION_RISK = 0.1;

/** Stands for an aspect where a reason tells what is usual. */
export const USUAL = 'usual';

/** An explanation in words: every aspect says something, in the order of strength. */
export function explainInWords(
  kind: SubjectKind,
  explanation: Explanation,
  vector: Float32Array,
  names: SubjectNames,
): SubjectExplanation {
  const features = kind === 'try' ? TRY_FEATURES : DAG_RUN_FEATURES;
  const { contributions } = explanation;
  const usual = describeUsualRisk(explanation.usualRisk, features, vector);
  const isUsual = isMostlyUsual(explanation.usualRisk, usual.logOdds, contributions);
  return {
    explanation,
    reasons: contributions.map(({ group, logOdds }) => {
      const { text, isTelling, isFirstHurdle } = describeAspect(group, logOdds, features, vector, names);
      return { group, text: capitalised(text), logOdds, isTelling, isFirstHurdle };
    }),
    usual: {
      group: USUAL,
      rate: capitalised(usual.rate),
      kind: usual.kind,
      text: capitalised(usual.text),
      logOdds: usual.logOdds,
      isTelling: true,
    },
    suggestion:
      explanation.risk >= SUGGESTION_RISK ? suggest(contributions, features, vector, names, isUsual) : null,
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
