/** What ORC may be asked to do to an Airflow. */
import { z } from 'zod';
import type { ActionKind } from '../core/action-terms.js';

const id = z.string().min(1);
/** -1 is Airflow's word for a pool without limit. */
const slots = z.int().min(-1);

/** One action with all that it needs, as it is kept in the ledger. */
export const actionRequestSchema = z.discriminatedUnion('kind', [
  /** Clear what failed in one run, so that Airflow runs it again. */
  z.strictObject({ kind: z.literal('retry'), dagId: id, runId: id }),
  z.strictObject({ kind: z.literal('pause'), dagId: id }),
  z.strictObject({ kind: z.literal('unpause'), dagId: id }),
  /** `seenSlots`: the size that the decision was made by; refused when it is another one meanwhile. */
  z.strictObject({ kind: z.literal('resize_pool'), pool: id, slots, seenSlots: slots }),
  /** `runId` is ours, so that a run that was made can be told from one that was not. */
  z.strictObject({
    ...{ kind: z.literal('trigger'), dagId: id, runId: id },
    conf: z.record(z.string(), z.unknown()).default({}),
  }),
  /** Adds a line to the note of a run. */
  z.strictObject({ kind: z.literal('note'), dagId: id, runId: id, text: z.string().min(1).max(500) }),
]);
export type ActionRequest = z.output<typeof actionRequestSchema>;

export type RequestOf<K extends ActionKind> = Extract<ActionRequest, { readonly kind: K }>;
