import { z } from 'zod';

/** Names that HTTP itself or the login needs. */
const TAKEN = new Set([
  'accept',
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
]);

/** `Name: value`, one per line, as curl writes them; null where a line is none. */
function parseLines(text: string): Record<string, string> | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => /^([^:]+):(.*)$/.exec(line));
  if (pairs.includes(null)) return null;
  return Object.fromEntries(pairs.map((pair) => [pair![1]!.trim(), pair![2]!.trim()]));
}

/** What is wrong with a header, without its value; null when nothing is. */
function problemOf(name: string, value: string): string | null {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return `${JSON.stringify(name)} is not a name of a header`;
  if (TAKEN.has(name.toLowerCase()))
    return `the header ${name} is set by ORC itself (an access token goes into \`token\`)`;
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
    ? null
    : `the value of ${name} holds a character that no header can`;
}

/** HTTP headers: names with values, or text with a line `Name: value` for each. */
export const headersSchema = z
  .union([z.record(z.string(), z.string()), z.string()], {
    error: 'expected names with values, all of them text',
  })
  .transform((given, context): Record<string, string> => {
    const headers = typeof given === 'string' ? parseLines(given) : given;
    const problems =
      headers === null
        ? ['expected a line `Name: value` for each header']
        : Object.entries(headers).flatMap(([name, value]) => problemOf(name, value) ?? []);
    for (const message of problems) context.addIssue({ code: 'custom', message });
    return headers ?? {};
  });
