/** A press of a button, from the payload `block_actions` (https://docs.slack.dev/reference/interaction-payloads). Pure. */
import { z } from 'zod';
import { AppError } from '../../core/errors.js';
import type { ActionVerdict } from '../actions/types.js';
import { BUTTONS, DECISIONS } from '../messages/slack-message.js';

export type PressKind = keyof typeof BUTTONS;

export interface Press {
  readonly kind: PressKind;
  readonly incidentId: number;
  readonly userId: string;
  readonly userName: string;
}

/** Of a button of an action. */
export interface DecisionPress {
  readonly verdict: ActionVerdict;
  readonly actionId: number;
  readonly userId: string;
  /** Where its message is; null when the payload does not say. */
  readonly channelId: string | null;
}

export interface Presses {
  readonly ofIncidents: readonly Press[];
  readonly ofActions: readonly DecisionPress[];
}

const payloadSchema = z.object({
  type: z.literal('block_actions'),
  channel: z.object({ id: z.string().min(1).max(100) }).optional(),
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

const VERDICTS = new Map<string, ActionVerdict>([
  [DECISIONS.approve, 'approved'],
  [DECISIONS.reject, 'rejected'],
]);
const ID = /^[1-9]\d{0,9}$/;
const KINDS = new Map(Object.entries(BUTTONS).map(([kind, id]) => [id as string, kind as PressKind]));

/**
 * Presses in the body of a request, which is a form with a field `payload`. Buttons of others (links, say) are left out.
 * @throws AppError `input_invalid` when it is none.
 */
export function readPresses(body: string): Presses {
  const payload = new URLSearchParams(body).get('payload');
  const parsed = payloadSchema.safeParse(parseJson(payload));
  if (!parsed.success)
    throw new AppError(
      'input_invalid',
      'The body is not an interaction of Slack: expected a form with a field `payload` of type block_actions.',
    );
  const { user, channel, actions } = parsed.data;
  const known = actions.flatMap(({ action_id: button, value = '' }) =>
    ID.test(value) ? [{ button, id: Number(value) }] : [],
  );
  const userName = user.username ?? user.name ?? user.id;
  return {
    ofIncidents: known.flatMap(({ button, id }) => {
      const kind = KINDS.get(button);
      return kind === undefined ? [] : [{ kind, incidentId: id, userId: user.id, userName }];
    }),
    ofActions: known.flatMap(({ button, id }) => {
      const verdict = VERDICTS.get(button);
      const channelId = channel?.id ?? null;
      return verdict === undefined ? [] : [{ verdict, actionId: id, userId: user.id, channelId }];
    }),
  };
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}
