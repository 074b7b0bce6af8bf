/** What an error of Slack's client means for a message. Pure. */
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import type { SendResult } from '../delivery/types.js';

/** The message was removed, or may no longer be edited. */
const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found']);
/** The fault of one channel: another may do. */
const CHANNEL_ERRORS = new Set([
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
]);
/** Slack's own trouble. */
const PASSING = new Set([
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
  'message_limit_exceeded',
]);
const DEFAULT_RETRY_SECONDS = 30;

export type Failure = Exclude<SendResult, { readonly is: 'sent' }>;

/** The error code of a platform error, such as `channel_not_found`; null for any other failure. */
export function platformError(error: unknown): string | null {
  return error instanceof WebAPIPlatformError ? error.data.error : null;
}

export function isChannelError(error: unknown): boolean {
  return CHANNEL_ERRORS.has(platformError(error) ?? '');
}

/** Messages name codes only: what Slack answers may repeat what was sent. */
export function failureOf(error: unknown): Failure {
  if (error instanceof WebAPIRateLimitedError)
    return { is: 'later', error: 'ratelimited', seconds: error.retryAfter, ofChannel: true };
  const code = platformError(error);
  if (code !== null) {
    if (code === 'ratelimited' || code === 'rate_limited')
      return { is: 'later', error: code, seconds: DEFAULT_RETRY_SECONDS, ofChannel: true };
    if (GONE.has(code)) return { is: 'gone', error: code };
    if (PASSING.has(code)) return { is: 'later', error: code, seconds: null, ofChannel: false };
    return {
      is: 'refused',
      error: /^[a-z0-9_]{1,80}$/.test(code) ? code : 'an answer that is none of Slack',
    };
  }
  if (error instanceof WebAPIHTTPError)
    return { is: 'later', error: `HTTP status ${error.statusCode}`, seconds: null, ofChannel: false };
  if (error instanceof WebAPIRequestError)
    return { is: 'later', error: requestFailure(error.original), seconds: null, ofChannel: false };
  return { is: 'later', error: 'unexpected failure', seconds: null, ofChannel: false };
}

/** `fetch failed` says nothing; its cause does. */
function requestFailure(error: Error): string {
  if (error.name === 'TimeoutError') return 'no answer in time';
  const cause = error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : null;
  return cause?.code ?? cause?.message ?? error.message;
}
