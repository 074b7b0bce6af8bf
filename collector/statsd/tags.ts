import type { Tags } from './resolver.js';

const NO_TAGS: Tags = new Map();

/** A name with the Influx tags in it, taken apart; null when a tag has no name or no `=`. */
export function splitInfluxTags(head: string): { readonly name: string; readonly tags: Tags } | null {
  const comma = head.indexOf(',');
  if (comma < 0) return { name: head, tags: NO_TAGS };
  const tags = new Map<string, string>();
  for (const part of head.slice(comma + 1).split(',')) {
    const equals = part.indexOf('=');
    if (equals <= 0) return null;
    tags.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return comma === 0 ? null : { name: head.slice(0, comma), tags };
}

/** `name:value,flag`; a tag without a value is allowed there. */
export function parseDogTags(text: string): Tags {
  if (text === '') return NO_TAGS;
  const tags = new Map<string, string>();
  for (const part of text.split(',')) {
    const colon = part.indexOf(':');
    if (colon < 0) tags.set(part, '');
    else tags.set(part.slice(0, colon), part.slice(colon + 1));
  }
  return tags;
}
