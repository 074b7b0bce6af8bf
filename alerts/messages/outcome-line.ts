/** How an incident ended, in a line. Pure. */
import type { Incident, Outcome } from '../incidents/types.js';
import type { Phrase, Piece } from './phrase.js';
import { formatDuration } from './words.js';

export function outcomeLine({ kind, openedAt, closedAt }: Incident, outcome: Outcome): Phrase {
  const lasted = closedAt === null ? '' : ` It was open for ${formatDuration(closedAt - openedAt)}.`;
  switch (outcome.what) {
    case 'succeeded':
      return [...ended(outcome, 'succeeded'), ': the warning was in vain, or somebody acted on it.'];
    case 'recovered':
      return [...ended(outcome, 'succeeded'), ` after the failure.${lasted}`];
    case 'failed':
      return [...ended(outcome, 'failed'), kind === 'lateness' ? '.' : ', and no run has succeeded since.'];
    case 'on_time':
    case 'late': {
      const { deadline, endedAt } = outcome;
      const by = deadline === null ? '' : formatDuration(Math.abs(endedAt - deadline));
      const against: Piece[] =
        deadline === null
          ? ['.']
          : [`, ${by} ${endedAt > deadline ? 'after' : 'before'} its deadline `, { time: deadline }, '.'];
      return [...ended(outcome, 'ended'), ...against];
    }
    case 'unknown':
      return ['No alert fires any more, and no run has ended for a day.'];
    case 'resolved':
      return [`No alert fires any more.${lasted}`];
  }
}

function ended({ runId, endedAt }: { runId: string; endedAt: number }, how: string): Piece[] {
  return ['Run ', { code: runId }, ` ${how} `, { time: endedAt }];
}
