import { AirflowError } from '../../collector/airflow/index.js';
import type { ActionRequest } from '../request.js';
import { noteCall } from './note.js';
import { pauseCall } from './pause.js';
import { resizePoolCall } from './resize-pool.js';
import { refusalOfReading, refused, resultOfChange, type CallResult, type Refused } from './results.js';
import { retryCall } from './retry.js';
import type { AirflowSite, Call, Ready } from './site.js';
import { triggerCall } from './trigger.js';

/** An action that may be called now, and what it was decided on; `before` is JSON, to be kept before the call. */
export interface PreparedCall {
  readonly request: ActionRequest;
  readonly before: unknown;
}

/** Reads, compares and tries a dry run; changes nothing. */
export async function prepareCall(
  site: AirflowSite,
  request: ActionRequest,
): Promise<Ready<unknown> | Refused> {
  try {
    return await callOf(request).prepare(site);
  } catch (error) {
    return refusalOfReading(error);
  }
}

/**
 * Sends a prepared change once, and reads whether it was made. A conversation that ends without an answer is `unknown` unless the
 * reading shows the effect: look again with {@link reconcileCall} before anything else is done about it.
 */
export async function performCall(site: AirflowSite, { request, before }: PreparedCall): Promise<CallResult> {
  const call = callOf(request);
  try {
    await call.perform(site, before);
  } catch (error) {
    const result = resultOfChange(error);
    if (result.outcome === 'refused' && !isConflict(error)) return result;
    const found = await reconcileCall(site, { request, before });
    if (result.outcome === 'refused') return found.outcome === 'done' ? found : result;
    if (found.outcome !== 'absent') return found;
    const explanation = (await call.explainFailure?.(site)) ?? null;
    return explanation === null ? result : refused('airflow_failed', explanation);
  }
  const found = await reconcileCall(site, { request, before });
  return found.outcome === 'absent'
    ? { outcome: 'unknown', message: 'Airflow accepted the change, and it cannot be seen' }
    : found;
}

/** 409 is also what a request gets that a gateway has delivered twice: the first of them was done. */
function isConflict(error: unknown): boolean {
  return error instanceof AirflowError && error.status === 409;
}

/** What a reading says about a call whose end is not known: `absent` when Airflow shows no trace of it. */
export async function reconcileCall(
  site: AirflowSite,
  { request, before }: PreparedCall,
): Promise<CallResult | { readonly outcome: 'absent' }> {
  try {
    const after = await callOf(request).effect(site, before);
    return after === null ? { outcome: 'absent' } : { outcome: 'done', after };
  } catch (error) {
    return { outcome: 'unknown', message: refusalOfReading(error).message };
  }
}

/** The action that takes one back; null where there is none, or where it would also take back what a person did. */
export function undoOf({ request, before }: PreparedCall): ActionRequest | null {
  switch (request.kind) {
    case 'pause':
      return { kind: 'unpause', dagId: request.dagId };
    case 'unpause':
      return { kind: 'pause', dagId: request.dagId };
    case 'resize_pool':
      return {
        kind: 'resize_pool',
        pool: request.pool,
        slots: (before as { readonly slots: number }).slots,
        seenSlots: request.slots,
      };
    case 'retry':
    case 'trigger':
    case 'note':
      return null;
  }
}

/** Each call gets back the `before` that its own `prepare` made. */
function callOf(request: ActionRequest): Call<unknown> {
  switch (request.kind) {
    case 'retry':
      return retryCall(request);
    case 'pause':
    case 'unpause':
      return pauseCall(request);
    case 'resize_pool':
      return resizePoolCall(request);
    case 'trigger':
      return triggerCall(request);
    case 'note':
      return noteCall(request);
  }
}
