/** A press of a button, from the payload `block_actions` (https://docs.slack.dev/reference/interaction-payloads). Pure. */
import { z } from 'zod';
import { AppError } from '../../core/errors.js';
import { BUTTONS } from '../messages/slack-message.js';

export type PressKind = keyof typeof BUTTONS;

export interface Press {
  readonly kind: PressKind;
  readonly incidentId: number;
  readonly userId: string;
  readonly userName: string;
}

const payloadSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({
    id: z.string().min(1).max(100),
    username: z.string().max(200).optional(),
    name: z.string().max(200).optional(),
  }),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().optional() }))
    .min(1)
    .max(25),
});

const KINDS = new Map(Object.entries(BUTTONS).map(([kind, id]) => [id as string, kind as PressKind]));

/**
 * Presses in the body of a request, which is a form with a field `payload`. Buttons of others (links, say) are left out.
 * @throws AppError `input_invalid` when it is none.
 */
export function readPresses(body: string): Press[] {
  const payload = new URLSearchParams(body).get('payload');
  const parsed = payloadSchema.safeParse(parseJson(payload));
  if (!parsed.success)
    throw new AppError(
      'input_invalid',
      'The body is not an interaction of Slack: expected a form with a field `payload` of type block_actions.',
    );
  const { user, actions } = parsed.data;
  return actions.flatMap(({ action_id, value = '' }) => {
    const kind = KINDS.get(action_id);
    if (kind === undefined || !/^[1-9]\d{0,9}$/.test(value)) return [];
    const userName = user.username ?? user.name ?? user.id;
    return [{ kind, incidentId: Number(value), userId: user.id, userName }];
  });
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
