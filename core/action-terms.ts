/** The words of actions, the same in the ledger, the API, pages and messages. */
import { FAILURE_CLASSES } from './facts.js';

export const ACTION_KINDS = ['retry', 'pause', 'unpause', 'resize_pool', 'trigger', 'note'] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** Before what it is done to. */
export const ACTION_VERBS: Readonly<Record<ActionKind, string>> = {
  retry: 'Run again',
  pause: 'Pause',
  unpause: 'Unpause',
  resize_pool: 'Resize pool',
  trigger: 'Start a run of',
  note: 'Write a note on',
};

/** `calling`: the intent is written, and it is not known yet whether Airflow has done it. */
export const ACTION_STATES = [
  'recommended',
  'held_out',
  'shadowed',
  'suggested',
  'proposed',
  'approved',
  'rejected',
  'calling',
  'done',
  'refused',
] as const;
export type ActionState = (typeof ACTION_STATES)[number];

/** What an action is for: the class of a run's failure, or what is wrong with a pool or with several DAGs. */
export const ACTION_CAUSES = [...FAILURE_CLASSES, 'starving_pool', 'shared_outage'] as const;
export type ActionCause = (typeof ACTION_CAUSES)[number];
