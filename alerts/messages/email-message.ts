/** A card as an e-mail: the same content as HTML and as text. Pure. */
import { html, type Html } from '../../core/html.js';
import type { Card } from './card.js';
import type { Tone } from './card-title.js';
import { clip, oneLine, toHtml, toText, type Phrase } from './phrase.js';

export interface EmailMessage {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const SUBJECT_LENGTH = 200;

const COLOURS: Readonly<Record<Tone, string>> = {
  critical: '#c01c28',
  warning: '#c64600',
  bad: '#a51d2d',
  good: '#26a269',
  neutral: '#5e5c64',
};

/** @param note lines above the card that say why this is sent, such as that a run failed. */
export function emailMessage(card: Card, note: readonly Phrase[] = []): EmailMessage {
  return {
    subject: clip(oneLine(`[ORC] ${toText(card.title)}`), SUBJECT_LENGTH),
    text: textOf(card, note),
    html: `<!doctype html>\n${htmlOf(card, note).text}`,
  };
}

function textOf(card: Card, note: readonly Phrase[]): string {
  const others =
    card.others === null
      ? []
      : [`${card.others.heading}: ${othersText(card.others)}`, ...card.others.notes.map(toText)];
  const parts: string[][] = [
    [toText(card.title)],
    note.map(toText),
    card.facts.map(toText),
    card.reasons.length === 0 ? [] : ['Why', ...card.reasons.map((reason) => `- ${toText(reason)}`)],
    card.suggestion === null ? [] : [`Try: ${toText(card.suggestion)}`],
    others,
    card.links.map(({ label, url }) => `${label}: ${url}`),
    [toText(card.footer)],
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function othersText({ names, more }: NonNullable<Card['others']>): string {
  const shown = names.map((name) => toText([{ code: name }])).join(', ');
  return more === 0 ? shown : `${shown} and ${more} more`;
}

function othersHtml({ heading, names, more, notes }: NonNullable<Card['others']>): Html {
  const shown = names.map((name, index) => html`${index > 0 && ', '}${toHtml([{ code: name }])}`);
  const below = notes.map((note) => html`<br />${toHtml(note)}`);
  return html`<p style="margin:12px 0">
    <b>${heading}</b> ${shown}${more > 0 && ` and ${more} more`}${below}
  </p>`;
}

function htmlOf(card: Card, note: readonly Phrase[]): Html {
  const colour = COLOURS[card.tone];
  const paragraph = (phrase: Phrase): Html => html`<p style="margin:4px 0">${toHtml(phrase)}</p>`;
  return html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>${toText(card.title)}</title>
    </head>
    <body style="margin:0;padding:16px;background:#f6f5f4">
      <div
        style="max-width:600px;margin:0 auto;padding:16px 20px;background:#fff;border-top:4px solid ${colour};font:15px/1.5 sans-serif;color:#241f31;overflow-wrap:anywhere"
      >
        <h1 style="font-size:20px;line-height:1.3;margin:0 0 12px;color:${colour}">${toHtml(card.title)}</h1>
        ${note.map(paragraph)} ${card.facts.map(paragraph)}
        ${
          card.reasons.length > 0 &&
          html`<p style="margin:12px 0 0"><b>Why</b></p>
            <ul style="margin:4px 0 12px;padding-left:20px">
              ${card.reasons.map((reason) => html`<li>${toHtml(reason)}</li>`)}
            </ul>`
        }
        ${card.suggestion !== null && html`<p style="margin:12px 0"><b>Try</b> ${toHtml(card.suggestion)}</p>`}
        ${card.others !== null && othersHtml(card.others)}
        ${
          card.links.length > 0 &&
          html`<p style="margin:16px 0">
            ${card.links.map(({ label, url }, index) => html`${index > 0 && ' · '}${toHtml([{ link: url, label }])}`)}
          </p>`
        }
        <p style="margin:16px 0 0;padding-top:8px;border-top:1px solid #deddda;color:#5e5c64;font-size:13px">
          ${toHtml(card.footer)}
        </p>
      </div>
    </body>
  </html>`;
}
