/** Tells actions in Slack: in the thread of their incident, or alone; changed in place. */
import type { NotificationsConfig } from '../../core/config/notifications.js';
import type { Logger } from '../../core/logger.js';
import type { ActionTeller, ToldCard } from '../actions/tell.js';
import type { Remote } from '../delivery/types.js';
import { slackMessage, type SlackMessage } from '../messages/slack-message.js';
import { attempt, clientMessageId, createSlackCalls } from './slack-calls.js';
import { isChannelError } from './slack-errors.js';

export function createActionTeller(
  config: NotificationsConfig['slack'] & { readonly token: string; readonly channel: string },
  logger: Logger,
): ActionTeller {
  const { call } = createSlackCalls(config, logger);
  const render = ({ card, actionId }: ToldCard): SlackMessage =>
    slackMessage(card, actionId === null ? null : { actionId });
  return {
    channel: 'slack',
    hasButtons: (config.signing_secret !== null || config.app_token !== null) && config.approvers.length > 0,
    open: (destination, told, thread) =>
      attempt(async () => {
        const post = (target: Readonly<Record<string, unknown>>): Promise<Remote> =>
          call('chat.postMessage', { ...target, client_msg_id: clientMessageId(told.key) }, render(told));
        // In the thread alone, only those who follow it would see that they are waited for.
        if (thread !== null)
          return post({ channel: thread.channel, thread_ts: thread.id, reply_broadcast: true });
        try {
          return await post({ channel: destination });
        } catch (error) {
          if (!isChannelError(error) || destination === config.channel) throw error;
          logger.error({ destination }, 'channel cannot be reached; an action is told elsewhere');
          return post({ channel: config.channel });
        }
      }),
    update: (remote, told) =>
      attempt(() => call('chat.update', { channel: remote.channel, ts: remote.id }, render(told))),
  };
}
