/** Sends to Slack through its own client: one message per incident, changed in place, with a thread. */
import type { NotificationsConfig } from '../../core/config/notifications.js';
import type { Logger } from '../../core/logger.js';
import type { Content, Remote, Sender } from '../delivery/types.js';
import { toMrkdwn } from '../messages/phrase.js';
import { noteBlocks, slackMessage, type SlackMessage } from '../messages/slack-message.js';
import { attempt, clientMessageId, createSlackCalls } from './slack-calls.js';
import { isChannelError, platformError } from './slack-errors.js';

export interface SlackSenderOptions {
  readonly config: NotificationsConfig['slack'] & { readonly token: string; readonly channel: string };
  readonly snoozeHours: number;
  readonly logger: Logger;
}

export function createSlackSender({ config, snoozeHours, logger }: SlackSenderOptions): Sender {
  const { call } = createSlackCalls(config, logger);
  const hasButtons = config.signing_secret !== null || config.app_token !== null;

  const render = ({ card, incidentId }: Content): SlackMessage =>
    slackMessage(card, hasButtons && incidentId !== null ? { incidentId, snoozeHours } : null);

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
        await call('chat.postMessage', target, { text, blocks: noteBlocks(note) });
        return remote;
      }),
  };
}
