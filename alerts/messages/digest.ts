/** The incidents of a day in one message. Pure. */
import type { UnixSeconds } from '../../core/facts.js';
import type { Incident } from '../incidents/types.js';
import type { Card } from './card.js';
import { titleOf } from './card-title.js';
import type { Phrase } from './phrase.js';
import { formatCount, formatRisk } from './words.js';

/** Incidents named per list. */
const NAMED = 15;

export interface Digest {
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  /** Open ones, and those that closed in that time; newest first. */
  readonly incidents: readonly Incident[];
  /** Ids of incidents that were over before they could be told. */
  readonly untold: ReadonlySet<number>;
  /** Messages that wait because they cannot be sent, over all channels. */
  readonly waiting: number;
  readonly notUseful: number;
}

export function digestCard(digest: Digest, publicUrl: string | null): Card {
  const open = digest.incidents.filter(({ closedAt }) => closedAt === null);
  const closed = digest.incidents.filter(({ closedAt }) => closedAt !== null);
  const failed = closed.filter(({ outcome }) =>
    ['failed', 'recovered', 'late'].includes(outcome?.what ?? ''),
  );
  const url = publicUrl === null ? null : `${publicUrl.replace(/\/+$/, '')}/`;
  const trouble: Phrase[] =
    digest.waiting === 0
      ? []
      : [
          [
            { strong: `${formatCount(digest.waiting, 'message')} could not be sent yet` },
            ': the log of ORC says why.',
          ],
        ];
  return {
    tone: open.some(({ severity }) => severity === 'critical')
      ? 'critical'
      : open.length > 0
        ? 'warning'
        : 'good',
    title: [`Last day: ${formatCount(open.length, 'incident')} open, ${closed.length} closed`],
    facts: [
      ['From ', { time: digest.from }, ' to ', { time: digest.to }, '.'],
      [`Of those closed, ${failed.length} came true; ${digest.notUseful} of all were found not useful.`],
      ...trouble,
      ...list('Open', open, digest.untold),
      ...list('Closed', closed, digest.untold),
    ],
    reasons: [],
    suggestion: null,
    others: null,
    links: url === null ? [] : [{ label: 'ORC', url }],
    footer: ['daily digest'],
    isOpen: false,
  };
}

function list(heading: string, incidents: readonly Incident[], untold: ReadonlySet<number>): Phrase[] {
  if (incidents.length === 0) return [];
  const more = incidents.length - NAMED;
  return [
    [{ strong: heading }],
    ...incidents.slice(0, NAMED).map((incident): Phrase => {
      const { situation, closedAt, deployment } = incident;
      const risk = closedAt === null ? situation?.dag?.risk : undefined;
      return [
        '• ',
        ...titleOf(incident, []).title,
        risk === undefined ? '' : ` (${formatRisk(risk)})`,
        ...(deployment === '' ? [] : [' in ', { code: deployment }]),
        untold.has(incident.id) ? ', told only here' : '',
      ];
    }),
    ...(more > 0 ? [[`and ${more} more`] satisfies Phrase] : []),
  ];
}
