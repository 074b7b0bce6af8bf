/** What Slack refuses of a message's blocks, by the limits of its reference (https://docs.slack.dev/reference/block-kit/blocks). */
import { z } from 'zod';

const text = (type: 'plain_text' | 'mrkdwn', most: number) =>
  z.object({ type: z.literal(type), text: z.string().min(1).max(most) });

const button = z.strictObject({
  type: z.literal('button'),
  text: text('plain_text', 75),
  action_id: z.string().min(1).max(255),
  value: z.string().max(2000),
  style: z.enum(['primary', 'danger']).optional(),
});

const blocks = z
  .array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('header'), text: text('plain_text', 150) }),
      z.strictObject({ type: z.literal('section'), text: text('mrkdwn', 3000) }),
      z.strictObject({ type: z.literal('context'), elements: z.array(text('mrkdwn', 3000)).min(1).max(10) }),
      z.strictObject({ type: z.literal('actions'), elements: z.array(button).min(1).max(25) }),
    ]),
  )
  .max(50);

/** Longest text of a message. */
const MOST_TEXT = 40_000;

/** The error that Slack would answer; null for a message that it takes. */
export function refusalOf(body: Readonly<Record<string, string>>): string | null {
  if ((body['text'] ?? '') === '' && (body['blocks'] ?? '') === '') return 'no_text';
  if ((body['text'] ?? '').length > MOST_TEXT) return 'msg_too_long';
  if (body['blocks'] === undefined) return null;
  try {
    return blocks.safeParse(JSON.parse(body['blocks'])).success ? null : 'invalid_blocks';
  } catch {
    return 'invalid_blocks_format';
  }
}
