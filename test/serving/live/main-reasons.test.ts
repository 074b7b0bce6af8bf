import { expect, it } from 'vitest';
import type { DagExplanation, SubjectExplanation, TaskRisk } from '../../../serving/live/board.js';
import { mainReasons, mainSuggestion, shownReasons } from '../../../serving/live/main-reasons.js';

function explained(
  usualRisk: number,
  usualLogOdds: number,
  sketched: readonly (readonly [group: string, logOdds: number, isTelling?: boolean])[],
  kind: string | null = null,
): SubjectExplanation {
  const reasons = sketched.map(([group, logOdds, isTelling = true]) => ({
    group,
    text: `The ${group}`,
    logOdds,
    isTelling,
  }));
  return {
    explanation: { risk: 0.4, usualRisk, contributions: reasons },
    reasons,
    usual: {
      group: 'usual',
      rate: 'Usual',
      kind,
      text: 'Usual, singly',
      logOdds: usualLogOdds,
      isTelling: true,
    },
    suggestion: null,
  };
}

it('reasons that lower the risk, are weak or tell nothing are left out', () => {
  const of = explained(0.05, 0.2, [
    ['record', 2],
    ['run', 1, false],
    ['others', 0.5],
    ['calendar', 0.2],
    ['change', -1],
  ]);
  expect(mainReasons(of)).toEqual(['The record', 'The others']);
});

it('a high usual risk comes last where the reasons raised the risk by more', () => {
  const of = explained(0.25, 1, [
    ['record', 0.8],
    ['run', 0.5],
  ]);
  expect(mainReasons(of)).toEqual(['The record', 'The run', 'Usual, singly']);
  // The sketched record tells "record" as the kind of its latest failure; the usual does not repeat it.
  expect(mainReasons(explained(0.25, 0.5, [['record', 0.8]], 'record'))).toEqual(['The record', 'Usual']);
});

it('what is usual comes first, with the record, where it makes more of the risk than the rest', () => {
  const of = explained(0.15, 1.5, [
    ['run', 0.5],
    ['record', 0.4],
  ]);
  expect(shownReasons(of)).toMatchObject([
    { group: 'record', text: 'Usual; the record', logOdds: 1.9 },
    { group: 'run', text: 'The run' },
  ]);
  const lowered = explained(0.15, 1.5, [
    ['record', -1],
    ['run', 0.5],
  ]);
  expect(mainReasons(lowered)).toEqual(['Usual, singly', 'The run']);
});

it('a low usual risk that is no more than that of the deployment is not worth a word', () => {
  expect(mainReasons(explained(0.05, -0.5, []))).toEqual([]);
  expect(mainReasons(explained(0.02, 2, []))).toEqual([]);
});

it('what a try must pass before anything else comes second at the latest, if it raised the risk at all', () => {
  const order = (logOdds: number): string[] => {
    const of = explained(0.05, 0.2, [
      ['record', 3],
      ['others', 0.6],
    ]);
    const hurdle = { group: 'capacity', text: 'The pool', logOdds, isTelling: true, isFirstHurdle: true };
    return mainReasons({ ...of, reasons: [...of.reasons, hurdle] });
  };
  expect(order(0.02)).toEqual(['The record', 'The pool', 'The others']);
  expect(order(-0.02)).toEqual(['The record', 'The others']);
  expect(order(1)).toEqual(['The record', 'The pool', 'The others']);
});

it('and first where nothing else is shown', () => {
  const of = explained(0.05, -0.5, []);
  const hurdle = { group: 'capacity', text: 'The pool', logOdds: 0.05, isTelling: true, isFirstHurdle: true };
  expect(mainReasons({ ...of, reasons: [hurdle] })).toEqual(['The pool']);
});

it('the suggestion is that of the riskiest task, unless another task of the run has failed for good', () => {
  const task = { taskId: 'profile' } as TaskRisk;
  const suggesting = (rule: string | null): SubjectExplanation => ({
    ...explained(0.1, 1, []),
    suggestion: rule === null ? null : { rule, text: rule },
  });
  const chosen = (ofRun: string | null, ofTask: string | null): string | undefined => {
    const of: DagExplanation = { ...suggesting(ofRun), tasks: new Map([[task, suggesting(ofTask)]]) };
    return mainSuggestion(of, task)?.rule;
  };
  expect(chosen('long_streak', 'code')).toBe('code');
  expect(chosen('no_try_left', 'code')).toBe('no_try_left');
  expect(chosen('long_streak', null)).toBe('long_streak');
  expect(chosen(null, null)).toBeUndefined();
  expect(mainSuggestion(undefined, task)).toBeNull();
});
