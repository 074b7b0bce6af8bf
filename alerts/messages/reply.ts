/** What a thread under a message says of one event; and the details of an incident. Pure. */
import type { Incident, IncidentEvent } from '../incidents/types.js';
import { phraseOf, type Phrase, type Piece } from './phrase.js';
import { outcomeLine } from './outcome-line.js';
import { formatRisk } from './words.js';

/** Reasons listed in the details. */
const LISTED_REASONS = 12;
/** Reasons that push less than this change no decision. */
const NOTABLE_LOG_ODDS = 0.05;

/** Lines to add to the thread for an event; empty for one that the message itself shows well enough. */
export function replyLines(incident: Incident, { what, detail }: IncidentEvent): Phrase[] {
  const risk = incident.situation?.dag?.risk;
  const now: Piece[] = risk === undefined ? [] : [` Risk now: ${formatRisk(risk)}.`];
  switch (what) {
    case 'opened':
    case 'details_requested':
      return detailLines(incident);
    case 'severity_raised':
      return [['Now ', { strong: String(detail['severity'] ?? 'critical') }, '.', ...now]];
    case 'failed':
      return [
        [
          { strong: 'A run failed.' },
          ...(incident.situation?.dag?.lastFailure?.isRecent === true ? failure(incident) : []),
        ],
      ];
    case 'late':
      return [[{ strong: 'Its deadline has passed.' }, ...now]];
    case 'at_risk_again':
      return [['At risk again.', ...now]];
    case 'closed':
      return incident.outcome === null ? [] : [outcomeLine(incident, incident.outcome)];
    case 'not_useful':
      return [[`${String(detail['by'] ?? 'Somebody')} found this not useful; that is kept and counts.`]];
    case 'eased':
    case 'acknowledged':
    case 'snoozed':
      return [];
  }
}

function failure({ situation }: Pick<Incident, 'situation'>): Piece[] {
  const last = situation?.dag?.lastFailure ?? null;
  if (last === null) return [];
  const evidence: Piece[] = last.evidence === null ? [] : [': ', { code: last.evidence }];
  return [' Task ', { code: last.taskId }, ` (${last.failureClass.replaceAll('_', ' ')})`, ...evidence];
}

/** Everything known that the message leaves out; empty when there is nothing. */
export function detailLines({ situation }: Pick<Incident, 'situation'>): Phrase[] {
  const dag = situation?.dag ?? null;
  if (dag === null) return [];
  const notable = dag.allReasons.filter(({ logOdds }) => Math.abs(logOdds) >= NOTABLE_LOG_ODDS);
  const others = dag.downstream.map((name, index): Piece[] => [index === 0 ? '' : ', ', { code: name }]);
  return [
    ...(notable.length === 0
      ? []
      : [[{ strong: 'What moves its risk, the strongest first' }] satisfies Phrase]),
    ...notable
      .slice(0, LISTED_REASONS)
      .map(({ text, logOdds }): Phrase => [
        logOdds > 0 ? '▲ ' : '▼ ',
        ...phraseOf(text),
        ` (${logOdds > 0 ? 'raises' : 'lowers'} it: odds ×${Math.exp(logOdds).toFixed(2)})`,
      ]),
    ...(dag.lastFailure === null ? [] : [['Last known failure:', ...failure({ situation })]]),
    ...(others.length === 0 ? [] : [['Waiting for it: ', ...others.flat()]]),
  ];
}
