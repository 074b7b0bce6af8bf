/** Longest wait between two attempts, in seconds. */
const LONGEST_SECONDS = 15;
const FIRST_SECONDS = 0.5;
/** A server that asks for more is not waited for within one request. */
const LONGEST_RETRY_AFTER_SECONDS = 120;

/**
 * Seconds to wait before the next attempt: 0.5, 1, 2, 4, 8, 15, 15, ..., each shortened by up to half by chance so that
 * clients spread ("equal jitter"); never less than the server's Retry-After.
 * @param attempt how many attempts have failed, from 1
 * @param chance uniform in [0, 1)
 * @param retryAfterSeconds what the server asked for
 */
export function backoffSeconds(
  attempt: number,
  chance: number,
  retryAfterSeconds: number | null = null,
): number {
  const longest = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(attempt - 1, 20));
  const own = longest * (0.5 + chance / 2);
  return Math.max(own, Math.min(retryAfterSeconds ?? 0, LONGEST_RETRY_AFTER_SECONDS));
}

/** The header Retry-After in seconds (it may be a number or a date), or null. */
export function parseRetryAfter(header: string | null, nowSeconds: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date / 1000 - nowSeconds);
}
