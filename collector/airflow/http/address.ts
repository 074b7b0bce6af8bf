import { AirflowError } from './airflow-error.js';

export interface AirflowAddress {
  /** Without credentials, query and trailing slash; keeps a path prefix. Safe to show. */
  readonly base: string;
  /** Credentials that were written into the address, decoded. */
  readonly username: string | null;
  readonly password: string | null;
}

/** Endings that people copy from a browser or a manual; the API lives beside them. */
const COPIED_ENDINGS = /\/(?:api(?:\/v[12])?|home|dags|login|docs)$/;

/**
 * Splits the configured address of Airflow. `https://me:pw@host/team/api/v2/` becomes base `https://host/team` and the
 * credentials apart.
 * @throws AirflowError `unreachable` when it is no http(s) address
 */
export function parseAddress(text: string): AirflowAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw notAnAddress(text, error);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw notAnAddress(text);
  const path = url.pathname.replace(/\/+$/, '').replace(COPIED_ENDINGS, '').replace(/\/+$/, '');
  return {
    base: `${url.protocol}//${url.host}${path}`,
    username: url.username === '' ? null : decodeURIComponent(url.username),
    password: url.password === '' ? null : decodeURIComponent(url.password),
  };
}

function notAnAddress(text: string, cause?: unknown): AirflowError {
  const shown = text.replace(/\/\/[^/@]*@/, '//');
  return new AirflowError('unreachable', `${JSON.stringify(shown)} is not the address of an Airflow server`, {
    retryable: false,
    cause,
    fix: 'Use an http:// or https:// address, such as http://airflow.example.com:8080.',
  });
}

/** A list is one parameter repeated. */
export type QueryValue = string | number | boolean | readonly string[] | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

/** `/a/b?x=1` from raw parts: each is percent-encoded, so ids with slashes, spaces or `+` stay one part. */
export function encodePath(parts: readonly (string | number)[], query: Query = {}): string {
  const path = parts.map((part) => `/${encodeURIComponent(wellFormed(String(part)))}`).join('');
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    valuesOf(value).map((each) => `${encodeURIComponent(key)}=${encodeURIComponent(each)}`),
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

function valuesOf(value: QueryValue): readonly (string | number | boolean)[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [value];
}

/** Half a surrogate pair has no UTF-8 form, so no address can hold it. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
