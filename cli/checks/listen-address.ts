import { request } from 'undici';
import { z } from 'zod';
import type { ResolvedConfig } from '../../core/config/load.js';
import { AppError } from '../../core/errors.js';
import { assertSafeToListen, tryToListen } from '../../serving/index.js';
import { explainFailure, type Recorder } from './check.js';

const ANSWER_TIMEOUT_MS = 2000;
const health = z.object({ status: z.literal('healthy') });

/** Tests that `orc up` could listen where it is configured to. `usableTokens` is null when they could not be counted. */
export async function checkListenAddress(
  { host, port }: ResolvedConfig['server'],
  usableTokens: number | null,
  record: Recorder,
): Promise<void> {
  const name = 'listen_address';
  try {
    // Not known is not zero: the address itself is still worth a test.
    assertSafeToListen(host, usableTokens ?? 1);
    const url = await tryToListen(host, port);
    record(name, 'ok', port === 0 ? `a free port of ${host} (${url} just now)` : `${url} is free`);
  } catch (error) {
    const { found, fix } = explainFailure(error);
    const isRunning =
      error instanceof AppError && error.code === 'conflict' && (await answersLikeOrc(host, port));
    if (isRunning) record(name, 'ok', `an ORC already serves at http://${host}:${port}`);
    else record(name, 'failed', found, fix);
  }
}

async function answersLikeOrc(host: string, port: number): Promise<boolean> {
  try {
    const at = host.includes(':') ? `[${host}]` : host;
    const answer = await request(`http://${at}:${port}/-/healthy`, {
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    return health.safeParse(await answer.body.json()).success;
  } catch {
    return false;
  }
}
