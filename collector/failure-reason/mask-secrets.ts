const MASK = '***';

/** What looks like a secret, and what stays of it. Airflow masks those that it knows; a log may hold others. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
  // user:password@host in an address; a password may hold @ itself.
  [/(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@]{0,200}:)[^\s/]{1,500}@/gi, `$1${MASK}@`],
  [
    /\b(authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:bearer|basic|token)?\s{0,3})[^\s"',]{1,2000}/gi,
    `$1${MASK}`,
  ],
  [/\b((?:bearer|basic)\s{1,3})[A-Za-z0-9._~+/=-]{8,2000}/gi, `$1${MASK}`],
  [
    /((?:password|passwd|pwd|secret|token|api_?key|access_?key|account_?key|private_?key|credentials?|signature|sig)(?![\w-]{0,30}(?:Error|Exception|Expired)\b)[\w-]{0,30}["']?\s{0,3}[:=]\s{0,3})(?:"[^"]{0,2000}"?|'[^']{0,2000}'?|[^\s,;&"')}\]]{1,2000})/gi,
    `$1${MASK}`,
  ],
  // JSON web tokens, AWS key ids, tokens of GitHub, Slack and Google.
  [/\beyJ[A-Za-z0-9_-]{5,2000}\.[A-Za-z0-9_-]{5,4000}(?:\.[A-Za-z0-9_-]{0,2000})?/g, MASK],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, MASK],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|xox[abprs]-[A-Za-z0-9-]{10,255}|AIza[\w-]{35})/g, MASK],
];

/** The text with everything that looks like a secret replaced by `***`. */
export function maskSecrets(text: string): string {
  return PATTERNS.reduce((masked, [pattern, kept]) => masked.replace(pattern, kept), text);
}
