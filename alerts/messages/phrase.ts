/** Text as every channel writes it: names, times and links stand apart from words, so that each is escaped as it needs. Pure. */
import { html, type Html } from '../../core/html.js';
import type { UnixSeconds } from '../../core/facts.js';

export type Piece =
  | string
  | { readonly code: string }
  | { readonly strong: string }
  | { readonly time: UnixSeconds }
  /** Id of a person in Slack. */
  | { readonly slackUser: string }
  | { readonly link: string; readonly label: string };
export type Phrase = readonly Piece[];

/** Words with ids between backticks. With an odd number of them, an id holds one itself: then all of it is words. */
export function phraseOf(text: string): Phrase {
  const parts = text.split('`');
  if (parts.length % 2 === 0) return [text];
  return parts.flatMap((part, index): Piece[] =>
    part === '' ? [] : [index % 2 === 1 ? { code: part } : part],
  );
}

/** `2026-03-05 10:15 UTC`. */
export function formatTime(time: UnixSeconds): string {
  return `${new Date(time * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const ONE_LINE = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;

/** Controls and line breaks as spaces: a name stays on its line, and in its header. */
export function oneLine(text: string): string {
  return text.replace(ONE_LINE, ' ').trim();
}

/** At most so many characters, never half of a surrogate pair. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${Array.from(text.slice(0, most - 1))
    .filter((character) => !/^[\uD800-\uDFFF]$/.test(character))
    .join('')}…`;
}

const NAME_LENGTH = 250;

/** Plain text, for subjects, e-mail and dry runs. */
export function toText(phrase: Phrase): string {
  return phrase
    .map((piece) => {
      if (typeof piece === 'string') return oneLineWords(piece);
      if ('code' in piece) return clip(oneLine(piece.code), NAME_LENGTH);
      if ('strong' in piece) return oneLineWords(piece.strong);
      if ('time' in piece) return formatTime(piece.time);
      if ('slackUser' in piece) return `slack:${oneLine(piece.slackUser)}`;
      return `${oneLine(piece.label)}: ${piece.link}`;
    })
    .join('');
}

/** As {@link oneLine}, but spaces at the ends stay: they part words from names. */
const oneLineWords = (text: string): string => text.replace(ONE_LINE, ' ');

/** HTML of an e-mail, styled in place: mail programs drop style sheets. */
export function toHtml(phrase: Phrase): Html {
  return html`${phrase.map((piece) => {
    if (typeof piece === 'string') return oneLineWords(piece);
    if ('code' in piece) {
      return html`<code style="background:#f0f1f3;border-radius:3px;padding:1px 4px;font:0.92em monospace"
        >${clip(oneLine(piece.code), NAME_LENGTH)}</code
      >`;
    }
    if ('strong' in piece) return html`<b>${oneLineWords(piece.strong)}</b>`;
    if ('time' in piece) return formatTime(piece.time);
    if ('slackUser' in piece) return `slack:${oneLine(piece.slackUser)}`;
    return html`<a href="${piece.link}" style="color:#1a5fb4">${oneLine(piece.label)}</a>`;
  })}`;
}

/**
 * Slack's mrkdwn (https://docs.slack.dev/messaging/formatting-message-text): `&`, `<` and `>` as entities. Names go into
 * code spans, where nothing else is markup; a backtick would end one, so that it becomes the letter that looks like it.
 */
export function toMrkdwn(phrase: Phrase): string {
  return phrase
    .map((piece) => {
      if (typeof piece === 'string') return plainWords(oneLineWords(piece));
      if ('code' in piece) return code(clip(oneLine(piece.code), NAME_LENGTH));
      if ('strong' in piece) return `*${plainWords(oneLineWords(piece.strong))}*`;
      if ('time' in piece) {
        return `<!date^${Math.floor(piece.time)}^{date_short_pretty} {time}|${formatTime(piece.time)}>`;
      }
      if ('slackUser' in piece)
        return /^\w+$/.test(piece.slackUser) ? `<@${piece.slackUser}>` : code(oneLine(piece.slackUser));
      return `<${linkTarget(piece.link)}|${plainWords(oneLine(piece.label)).replaceAll('|', '/')}>`;
    })
    .join('');
}

function entities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function code(text: string): string {
  return text === '' ? '' : `\`${entities(text.replaceAll('`', 'ˋ'))}\``;
}

/** What would make words bold, struck or code becomes the character that looks like it; mrkdwn knows no escape for it. */
const LOOKALIKES: Readonly<Record<string, string>> = { '*': '∗', '~': '∼', '`': 'ˋ' };

function plainWords(text: string): string {
  return entities(text).replace(/[*~`]/g, (character) => LOOKALIKES[character]!);
}

function linkTarget(link: string): string {
  return entities(link).replaceAll('|', '%7C');
}
