import { type AirflowApi, type ApiOptions, type RestVersion } from './api.js';
import { countAnswer, versionAnswer } from './fields.js';
import { AirflowError, isAirflowError } from './http/airflow-error.js';
import type { AirflowClient, GetOptions } from './http/client.js';
import { createApiV1 } from './v1/api.js';
import { createApiV2 } from './v2/api.js';

/** Which Airflow answers, and how to speak with it. */
export interface FoundAirflow {
  /** As Airflow tells it, such as `2.11.0`. */
  readonly version: string;
  readonly restVersion: RestVersion;
}

/** What a look at an Airflow tells before anything is collected from it. */
export interface AirflowProbe extends FoundAirflow {
  /** Address without credentials. */
  readonly base: string;
  /** Airflow's clock minus ours in seconds, good to about a second; null when the server sends no Date. */
  readonly clockSkewSeconds: number | null;
  readonly dags: number | null;
  readonly dagRuns: number | null;
}

/** The releases that are read, by REST API: the first one and the first one after. */
const SUPPORTED: Readonly<Record<RestVersion, { readonly from: Release; readonly before: Release }>> = {
  v1: { from: [2, 9], before: [3, 0] },
  v2: { from: [3, 0], before: [4, 0] },
};
type Release = readonly [major: number, minor: number];

/** Every list that ORC reads, in the order of telling what is missing. */
const DAG_RUNS = ['dags', '~', 'dagRuns'];
const TASK_INSTANCES = [...DAG_RUNS, '~', 'taskInstances'];

/**
 * Finds out what answers at the address, and whether its user may read what ORC needs.
 * @throws AirflowError that says which of these is wrong, and the fix
 */
export async function probeAirflow(client: AirflowClient, signal?: AbortSignal): Promise<AirflowProbe> {
  const found = await findAirflow(client, signal);
  const login = found.restVersion === 'v1' ? 'basic' : 'token';
  const count = async (path: readonly string[]): Promise<number | null> => {
    const get: GetOptions = { signal, isSingleAttempt: true, login };
    const answer = await client.get(['api', found.restVersion, ...path], { limit: 1 }, countAnswer, get);
    return answer.total_entries ?? null;
  };
  const dags = await count(['dags']);
  const dagRuns = await count(DAG_RUNS);
  await count(TASK_INSTANCES);
  await count(['pools']);
  const { clockSkewSeconds } = client.statistics();
  return { ...found, base: client.base, clockSkewSeconds, dags, dagRuns };
}

/**
 * Asks both REST APIs for the version until one tells it.
 * @param first the API that answered last time: it is asked again and again while it is away; a stranger must answer at once
 * @throws AirflowError `unsupported` for an Airflow that ORC does not know, and for what is no Airflow
 */
export async function findAirflow(
  client: AirflowClient,
  signal?: AbortSignal,
  first?: RestVersion,
): Promise<FoundAirflow> {
  const isSingleAttempt = first === undefined;
  first ??= 'v2';
  const second = first === 'v2' ? 'v1' : 'v2';
  const answer = await askVersion(client, first, { signal, isSingleAttempt });
  if (!(answer instanceof AirflowError)) return supported(client, { version: answer, restVersion: first });
  const other = await askVersion(client, second, { signal, isSingleAttempt });
  if (!(other instanceof AirflowError)) return supported(client, { version: other, restVersion: second });
  throw notAirflow(client, first === 'v2' ? answer : other);
}

/** The API of the Airflow that was found. */
export function createAirflowApi(
  client: AirflowClient,
  found: FoundAirflow,
  options: ApiOptions,
): AirflowApi {
  return found.restVersion === 'v2'
    ? createApiV2(client, options, releaseOf(found.version)[1])
    : createApiV1(client, options, releaseOf(found.version)[1]);
}

/** The version, or why this API does not tell it; failures of other kinds say nothing about the API and are thrown. */
async function askVersion(
  client: AirflowClient,
  restVersion: RestVersion,
  options: GetOptions,
): Promise<string | AirflowError> {
  const path = ['api', restVersion, 'version'];
  try {
    return (await client.get(path, {}, versionAnswer, { ...options, login: 'none' })).version;
  } catch (error) {
    if (isAirflowError(error, 'not_found', 'bad_answer', 'unauthorized')) return error;
    throw error;
  }
}

function supported(client: AirflowClient, found: FoundAirflow): FoundAirflow {
  const release = releaseOf(found.version);
  const { from, before } = SUPPORTED[found.restVersion];
  if (compare(release, from) >= 0 && compare(release, before) < 0) return found;
  throw new AirflowError(
    'unsupported',
    `${client.base} runs Airflow ${found.version.slice(0, 40)}; ORC reads Airflow 2.9 to 2.11 (REST API v1) and 3.0 to 3.3 (v2)`,
    { fix: 'Upgrade that Airflow, or export its history and load it with `orc import`.' },
  );
}

/** NaN where the text is no version: it compares as neither older nor newer. */
function releaseOf(version: string): Release {
  const [major, minor] = version.split('.').map((part) => Number.parseInt(part, 10));
  return [major ?? NaN, minor ?? NaN];
}

function compare(a: Release, b: Release): number {
  return a[0] - b[0] || a[1] - b[1];
}

function notAirflow(client: AirflowClient, cause: AirflowError): AirflowError {
  return new AirflowError(
    cause.kind === 'not_found' ? 'unsupported' : cause.kind,
    `${client.base} is not an Airflow API server: ${cause.message}`,
    {
      cause,
      fix: cause.fix ?? 'Check `url`, with its port and path prefix.',
    },
  );
}
