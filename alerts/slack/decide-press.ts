/** What a press of Approve or Reject does, and what its presser is told when it does nothing. */
import type { NotificationsConfig } from '../../core/config/notifications.js';
import { errorMessage } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { nameOf, standOf } from '../actions/card.js';
import type { ActionSource } from '../actions/types.js';
import { toMrkdwn, type Phrase } from '../messages/phrase.js';
import type { DecisionPress } from './press.js';
import { createSlackCalls } from './slack-calls.js';

export interface DecidePressOptions {
  readonly slack: Pick<NotificationsConfig['slack'], 'approvers' | 'token' | 'api_url' | 'timeout_seconds'>;
  readonly source: ActionSource;
  readonly logger: Logger;
}

/**
 * Decides as the first of two who press. Resolves without waiting for what the presser is told: Slack wants its answer
 * within three seconds.
 *
 * @param requestId under which the press stands in the audit trail
 */
export async function decidePress(
  options: DecidePressOptions,
  press: DecisionPress,
  requestId: string,
): Promise<void> {
  const remark = await decide(options, press, requestId);
  if (remark === null) return;
  const { slack, logger } = options;
  if (slack.token === null || press.channelId === null) return;
  const text = toMrkdwn(remark);
  const calls = createSlackCalls({ ...slack, token: slack.token }, logger);
  calls
    .call(
      'chat.postEphemeral',
      { channel: press.channelId, user: press.userId },
      { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] },
    )
    .catch((error: unknown) => {
      logger.warn(
        { err: errorMessage(error) },
        'who pressed a button in Slack could not be told why nothing changed',
      );
    });
}

/** Why nothing was changed; null when something was. */
async function decide(
  { slack, source, logger }: DecidePressOptions,
  { verdict, actionId, userId }: DecisionPress,
  requestId: string,
): Promise<Phrase | null> {
  if (!slack.approvers.includes(userId)) {
    logger.warn(
      { user: userId, action: actionId },
      'a person who is no approver pressed a button of an action',
    );
    return [
      'Nothing was changed: ',
      { code: userId },
      ' is not among the approvers (notifications.slack.approvers).',
    ];
  }
  const who = `slack:${userId}`;
  const decision = await source.decide(actionId, verdict, { who, why: 'decided in Slack', requestId });
  if (decision.is === 'decided') return null;
  if (decision.is === 'unknown')
    return ['Nothing was changed: there is no action ', { code: String(actionId) }, '.'];
  return ['Nothing was changed. ', ...nameOf(decision.action), ': ', ...standOf(decision.action).words, '.'];
}
