/** Sends to Slack through its own client: one message per incident, changed in place, with a thread. */
import { createHash } from 'node:crypto';
import { WebClient } from '@slack/web-api';
import type { NotificationsConfig } from '../../core/config/notifications.js';
import type { Logger } from '../../core/logger.js';
import type { Content, Remote, Sender, SendResult } from '../delivery/types.js';
import { toMrkdwn } from '../messages/phrase.js';
import { slackMessage, type SlackMessage } from '../messages/slack-message.js';
import { slackClientLogger } from './client-logger.js';
import { failureOf, isChannelError, platformError } from './slack-errors.js';

export interface SlackSenderOptions {
  readonly config: NotificationsConfig['slack'] & { readonly token: string; readonly channel: string };
  readonly snoozeHours: number;
  readonly logger: Logger;
}

/** A UUID of the key: Slack answers a repeated `client_msg_id` with the message that it has, instead of a second one. */
export function clientMessageId(key: string): string {
  const hash = createHash('sha256').update(key).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

export function createSlackSender({ config, snoozeHours, logger }: SlackSenderOptions): Sender {
  const client = new WebClient(config.token, {
    slackApiUrl: config.api_url,
    timeout: config.timeout_seconds * 1000,
    // The outbox retries, and waits as long as Slack says: waiting here would hold up every other message.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: slackClientLogger(logger),
  });
  const hasButtons = config.signing_secret !== null || config.app_token !== null;

  const render = ({ card, incidentId }: Content): SlackMessage =>
    slackMessage(card, hasButtons && incidentId !== null ? { incidentId, snoozeHours } : null);

  async function call(
    method: 'chat.postMessage' | 'chat.update',
    target: Readonly<Record<string, unknown>>,
    { text, blocks }: SlackMessage,
  ): Promise<Remote> {
    const options = { ...target, text, unfurl_links: false, unfurl_media: false };
    const answer = await client.apiCall(method, { ...options, blocks }).catch((error: unknown) => {
      // Better a plain message than none.
      if (platformError(error) !== 'invalid_blocks') throw error;
      logger.error({ method }, 'Slack does not accept the blocks of a message; it is sent without');
      return client.apiCall(method, options);
    });
    const { channel, ts } = answer as { channel?: string; ts?: string };
    return { channel: channel ?? '', id: ts ?? '' };
  }

  async function attempt(work: () => Promise<Remote>): Promise<SendResult> {
    try {
      return { is: 'sent', remote: await work() };
    } catch (error) {
      return failureOf(error);
    }
  }

  return {
    channel: 'slack',
    onePerPass: true,
    open: (destination, content) =>
      attempt(async () => {
        const post = (channel: string, shown: Content): Promise<Remote> =>
          call('chat.postMessage', { channel, client_msg_id: clientMessageId(content.key) }, render(shown));
        try {
          return await post(destination, content);
        } catch (error) {
          if (!isChannelError(error) || destination === config.channel) throw error;
          const remark = `${destination} cannot be reached (${platformError(error) ?? ''})`;
          logger.error(
            { destination, err: platformError(error) },
            'channel cannot be reached; told elsewhere',
          );
          const { card } = content;
          const footer = [...card.footer, ` · ${remark}`];
          return await post(config.channel, { ...content, card: { ...card, footer } });
        }
      }),
    update: (remote, content) =>
      attempt(() => call('chat.update', { channel: remote.channel, ts: remote.id }, render(content))),
    reply: (_destination, remote, { note, key }) =>
      attempt(async () => {
        const text = note.map(toMrkdwn).join('\n').slice(0, 3900);
        const target = {
          channel: remote.channel,
          thread_ts: remote.id,
          client_msg_id: clientMessageId(key),
        };
        const blocks: SlackMessage['blocks'] = note.map((phrase) => ({
          type: 'section',
          text: { type: 'mrkdwn', text: toMrkdwn(phrase) || ' ' },
        }));
        await call('chat.postMessage', target, { text, blocks });
        return remote;
      }),
  };
}
