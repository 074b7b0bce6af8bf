/** What a message about an action says. Pure. */
import { ACTION_VERBS } from '../../core/action-terms.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Card, CardContext } from '../messages/card.js';
import type { Tone } from '../messages/card-title.js';
import type { Phrase, Piece } from '../messages/phrase.js';
import type { ToldAction } from './types.js';

/** `slack:U1` as Slack's mention of the person. */
export function personOf(who: string): Piece {
  if (who === 'orc') return 'ORC';
  const [, user] = /^slack:(\w+)$/.exec(who) ?? [];
  return user === undefined ? { code: who } : { slackUser: user };
}

/** How it stands, after its name. */
export function standOf({ state, decidedBy, helped }: ToldAction): {
  readonly tone: Tone;
  readonly words: Phrase;
} {
  const by = decidedBy === 'orc' ? [] : [' by ', personOf(decidedBy)];
  switch (state) {
    case 'proposed':
      return { tone: 'warning', words: ['waits for a decision'] };
    case 'approved':
      return { tone: 'neutral', words: ['approved', ...by] };
    case 'rejected':
      return { tone: 'neutral', words: ['rejected', ...by] };
    case 'calling':
      return { tone: 'neutral', words: ['Airflow is asked'] };
    case 'done':
      if (helped === null) return { tone: 'neutral', words: ['done'] };
      return helped
        ? { tone: 'good', words: ['done, and it helped'] }
        : { tone: 'bad', words: ['done, and it did not help'] };
    case 'refused':
      return { tone: 'bad', words: ['refused'] };
    default:
      return { tone: 'neutral', words: [state.replaceAll('_', ' ')] };
  }
}

export function nameOf({ kind, targetDagId, pool }: ToldAction): Phrase {
  return [`${ACTION_VERBS[kind]} `, { code: pool ?? targetDagId ?? '' }];
}

/** @param hasButtons whether somebody may decide with a button */
export function actionCard(
  action: ToldAction,
  { now, publicUrl, airflowUrl }: CardContext,
  hasButtons: boolean,
): Card {
  const { id, deployment, dagId, runId, state, reason, decidedBy, dueAt, drawnAt } = action;
  const { tone, words } = standOf(action);
  const isOpen = state === 'proposed';
  const decided: Phrase[] =
    decidedBy === 'orc' || state === 'approved' || state === 'rejected'
      ? []
      : [['Approved by ', personOf(decidedBy), '.']];
  return {
    tone,
    title: [...nameOf(action), ': ', ...words],
    facts: [
      ...(runId === null ? [] : [runFact(action, runId)]),
      [`${reason.charAt(0).toUpperCase()}${reason.slice(1)}`],
      ...decided,
      ...(isOpen || state === 'approved' ? [dueFact(dueAt, now, isOpen)] : []),
    ],
    reasons: [],
    suggestion:
      isOpen && !hasButtons
        ? ['decide with ', { code: `orc actions approve ${id}` }, ' or on the page']
        : null,
    others: null,
    links: linksOf(publicUrl, airflowUrl(deployment), dagId),
    footer: [
      'action ',
      { code: String(id) },
      ' · deployment ',
      { code: deployment },
      ' · proposed ',
      { time: drawnAt },
    ],
    isOpen,
  };
}

/** A trigger starts another DAG than the one that failed. */
function runFact({ dagId, targetDagId }: ToldAction, runId: string): Phrase {
  const of: Phrase = dagId === null || dagId === targetDagId ? [] : [' of ', { code: dagId }];
  return ['Run ', { code: runId }, ...of];
}

function dueFact(dueAt: UnixSeconds, now: UnixSeconds, isOpen: boolean): Phrase {
  const when: Piece[] = dueAt > now ? ['at ', { time: dueAt }] : ['at once'];
  return [isOpen ? 'If approved it is called ' : 'It is called ', ...when, '.'];
}

function linksOf(publicUrl: string | null, airflowUrl: string | null, dagId: string | null): Card['links'] {
  const orc = publicUrl?.replace(/\/+$/, '');
  const airflow = airflowUrl?.replace(/\/+$/, '');
  return [
    { label: 'Actions', url: orc === undefined ? undefined : `${orc}/actions` },
    {
      label: 'Airflow',
      url: airflow === undefined || dagId === null ? airflow : `${airflow}/dags/${encodeURIComponent(dagId)}`,
    },
  ].flatMap(({ label, url }) => (url !== undefined && URL.canParse(url) ? [{ label, url }] : []));
}
