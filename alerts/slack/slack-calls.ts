/** Slack's Web API through its own client, with failures as values. */
import { createHash } from 'node:crypto';
import { WebClient } from '@slack/web-api';
import type { NotificationsConfig } from '../../core/config/notifications.js';
import type { Logger } from '../../core/logger.js';
import type { Remote, SendResult } from '../delivery/types.js';
import type { SlackMessage } from '../messages/slack-message.js';
import { slackClientLogger } from './client-logger.js';
import { failureOf, platformError } from './slack-errors.js';

export type SlackAccess = Pick<NotificationsConfig['slack'], 'api_url' | 'timeout_seconds'> & {
  readonly token: string;
};

export interface SlackCalls {
  /** Rejects with what the client rejects with. */
  readonly call: (
    method: 'chat.postMessage' | 'chat.update' | 'chat.postEphemeral',
    target: Readonly<Record<string, unknown>>,
    message: SlackMessage,
  ) => Promise<Remote>;
}

/** A UUID of the key: Slack answers a repeated `client_msg_id` with the message that it has, instead of a second one. */
export function clientMessageId(key: string): string {
  const hash = createHash('sha256').update(key).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

export async function attempt(work: () => Promise<Remote>): Promise<SendResult> {
  try {
    return { is: 'sent', remote: await work() };
  } catch (error) {
    return failureOf(error);
  }
}

export function createSlackCalls(access: SlackAccess, logger: Logger): SlackCalls {
  const client = new WebClient(access.token, {
    slackApiUrl: access.api_url,
    timeout: access.timeout_seconds * 1000,
    // The outbox retries, and waits as long as Slack says: waiting here would hold up every other message.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: slackClientLogger(logger),
  });
  return {
    call: async (method, target, { text, blocks }) => {
      const options = { ...target, text, unfurl_links: false, unfurl_media: false };
      const answer = await client.apiCall(method, { ...options, blocks }).catch((error: unknown) => {
        // Better a plain message than none.
        if (platformError(error) !== 'invalid_blocks') throw error;
        logger.error({ method }, 'Slack does not accept the blocks of a message; it is sent without');
        return client.apiCall(method, options);
      });
      const { channel, ts } = answer as { channel?: string; ts?: string };
      return { channel: channel ?? '', id: ts ?? '' };
    },
  };
}
