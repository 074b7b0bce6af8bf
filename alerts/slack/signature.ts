/** Slack's signature of requests, version v0 (https://docs.slack.dev/authentication/verifying-requests-from-slack). Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { UnixSeconds } from '../../core/facts.js';

/** Older requests, or those of a clock so far ahead, are refused. */
export const SIGNATURE_AGE_SECONDS = 300;

export type SignatureVerdict = 'valid' | 'missing' | 'too_old' | 'forged';

export interface SignedRequest {
  /** As it came, byte by byte. */
  readonly body: Buffer;
  /** `X-Slack-Request-Timestamp` */
  readonly timestamp: string | undefined;
  /** `X-Slack-Signature` */
  readonly signature: string | undefined;
}

export function verifySignature(
  { body, timestamp, signature }: SignedRequest,
  signingSecret: string,
  now: UnixSeconds,
): SignatureVerdict {
  if (timestamp === undefined || signature === undefined) return 'missing';
  if (!/^\d{1,12}$/.test(timestamp)) return 'forged';
  if (Math.abs(now - Number(timestamp)) > SIGNATURE_AGE_SECONDS) return 'too_old';
  const expected = Buffer.from(sign(body, timestamp, signingSecret));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected) ? 'valid' : 'forged';
}

/** `v0=` and the HMAC-SHA256 of `v0:timestamp:body` in hexadecimal. */
export function sign(body: Buffer, timestamp: string, signingSecret: string): string {
  const hash = createHmac('sha256', signingSecret).update(`v0:${timestamp}:`).update(body);
  return `v0=${hash.digest('hex')}`;
}
