/** A card as a Slack message of Block Kit (https://docs.slack.dev/reference/block-kit/blocks). Pure. */
import type { KnownBlock } from '@slack/web-api';
import type { Card } from './card.js';
import type { Tone } from './card-title.js';
import { clip, toMrkdwn, toText, type Phrase, type Piece } from './phrase.js';

/** Limits of Block Kit, in characters. */
const HEADER_LENGTH = 150;
const SECTION_LENGTH = 3000;
const MOST_BLOCKS = 50;

export interface SlackMessage {
  /** For notifications and screen readers; mrkdwn. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

const MARKS: Readonly<Record<Tone, string>> = {
  critical: '🔴',
  warning: '🟠',
  bad: '❌',
  good: '✅',
  neutral: '⚪',
};

/** `action_id` of each button; their values are ids of incidents. */
export const BUTTONS = {
  acknowledge: 'orc_acknowledge',
  snooze: 'orc_snooze',
  notUseful: 'orc_not_useful',
  details: 'orc_details',
} as const;

/** `action_id` of the buttons of an action; their values are its id. */
export const DECISIONS = { approve: 'orc_approve', reject: 'orc_reject' } as const;

/** Buttons under a message: of an incident, or of an action that waits for a decision. */
export type Buttons =
  { readonly incidentId: number; readonly snoozeHours: number } | { readonly actionId: number };

/** @param buttons null where nobody would hear of a press: without a signing secret. */
export function slackMessage(card: Card, buttons: Buttons | null): SlackMessage {
  const mark = MARKS[card.tone];
  const blocks: KnownBlock[] = [
    {
      type: 'header',
      text: { type: 'plain_text', text: clip(`${mark} ${toText(card.title)}`, HEADER_LENGTH), emoji: false },
    },
  ];
  if (card.facts.length > 0) blocks.push(section(card.facts));
  if (card.reasons.length > 0) blocks.push(section([[{ strong: 'Why' }], ...bullets(card.reasons)]));
  if (card.suggestion !== null) blocks.push(section([[{ strong: 'Try' }, ' ', ...card.suggestion]]));
  if (card.others !== null) blocks.push(section([othersOf(card.others), ...card.others.notes]));
  const links = card.links.map(({ label, url }) => toMrkdwn([{ link: url, label }]));
  const small = [...(links.length > 0 ? [links.join('  ·  ')] : []), toMrkdwn(card.footer)];
  blocks.push({ type: 'context', elements: small.map((text) => ({ type: 'mrkdwn', text: fit([text]) })) });
  if (buttons !== null && card.isOpen) blocks.push(buttonRow(buttons));
  return { text: `${mark} ${toMrkdwn(card.title)}`, blocks };
}

/** Lines of a thread, a block each. */
export function noteBlocks(note: readonly Phrase[]): KnownBlock[] {
  return note.slice(0, MOST_BLOCKS).map((phrase) => section([phrase]));
}

function section(phrases: readonly Phrase[]): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: fit(phrases.map(fitPieces)) } };
}

/** Of a line that is too long, the pieces that fit: names may be many. */
function fitPieces(phrase: Phrase): string {
  for (let kept = phrase.length; kept > 0; kept--) {
    const text = toMrkdwn(phrase.slice(0, kept)) + (kept < phrase.length ? ' …' : '');
    if (text.length <= SECTION_LENGTH) return text === '' ? ' ' : text;
  }
  return phrase.length === 0 ? ' ' : '…';
}

/** Whole lines up to the limit: half a line could end inside an entity or a link. */
function fit(texts: readonly string[]): string {
  let fitted = '';
  for (const text of texts) {
    const next = fitted === '' ? text : `${fitted}\n${text}`;
    if (next.length > SECTION_LENGTH) break;
    fitted = next;
  }
  return fitted === '' ? '…' : fitted;
}

const bullets = (phrases: readonly Phrase[]): Phrase[] => phrases.map((phrase) => ['• ', ...phrase]);

function othersOf({ heading, names, more }: NonNullable<Card['others']>): Phrase {
  const shown = names.flatMap((name, index): Piece[] => [index === 0 ? ' ' : ', ', { code: name }]);
  return [{ strong: heading }, ...shown, more === 0 ? '' : ` and ${more} more`];
}

function buttonRow(buttons: Buttons): KnownBlock {
  const value = String('actionId' in buttons ? buttons.actionId : buttons.incidentId);
  const button = (label: string, action: string, style?: 'primary' | 'danger') => ({
    type: 'button' as const,
    text: { type: 'plain_text' as const, text: label, emoji: false },
    action_id: action,
    value,
    ...(style === undefined ? {} : { style }),
  });
  if ('actionId' in buttons)
    return {
      type: 'actions',
      elements: [
        button('Approve', DECISIONS.approve, 'primary'),
        button('Reject', DECISIONS.reject, 'danger'),
      ],
    };
  return {
    type: 'actions',
    elements: [
      button('Acknowledge', BUTTONS.acknowledge, 'primary'),
      button(`Snooze ${buttons.snoozeHours} h`, BUTTONS.snooze),
      button('Not useful', BUTTONS.notUseful),
      button('Details', BUTTONS.details),
    ],
  };
}
