/** Which names this server answers to. A check of Host and Origin defeats DNS rebinding and cross-site requests. */
import { isIP } from 'node:net';
import { AppError } from '../../core/errors.js';

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Lower case, without brackets, trailing dot or the IPv4-in-IPv6 prefix. */
export function normaliseHost(host: string): string {
  const bare = host
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  return bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '');
}

/** The name in a Host header, without its port; null when the header is missing or malformed. */
export function hostOfHeader(header: string | undefined): string | null {
  const match = /^(\[[0-9a-fA-F:.%]+\]|[^\s:/?#@[\]]+)(?::\d{1,5})?$/.exec(header ?? '');
  return match === null ? null : normaliseHost(match[1]!);
}

/** The host of an Origin header; null for `null`, a scheme other than http(s), or anything malformed. */
export function hostOfOrigin(origin: string): string | null {
  if (!URL.canParse(origin)) return null;
  const url = new URL(origin);
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.origin !== origin.toLowerCase())
    return null;
  return normaliseHost(url.hostname);
}

export function isLoopback(host: string): boolean {
  const name = normaliseHost(host);
  return LOOPBACK_NAMES.has(name) || (isIP(name) === 4 && name.startsWith('127.'));
}

export interface HostPolicy {
  /** `localAddress` is the address that the connection came in on: naming it by number is always right. */
  allows(host: string | null, localAddress: string | undefined): boolean;
}

/** Loopback names, the host listened on, the address of the connection, and what the configuration adds. */
export function createHostPolicy(listenHost: string, allowedHosts: readonly string[]): HostPolicy {
  const allowed = new Set([...LOOPBACK_NAMES, ...allowedHosts.map(normaliseHost)]);
  const listening = normaliseHost(listenHost);
  if (!ANY_ADDRESS.has(listening)) allowed.add(listening);
  return {
    allows: (host, localAddress) =>
      host !== null &&
      (allowed.has(host) || (localAddress !== undefined && host === normaliseHost(localAddress))),
  };
}

/** Throws `usage` when others could reach the server although no token protects it. */
export function assertSafeToListen(host: string, usableTokens: number): void {
  if (isLoopback(host) || usableTokens > 0) return;
  throw new AppError(
    'usage',
    `Listening on ${JSON.stringify(host)} is refused: other machines could read everything, because there is no API token yet. ` +
      'Accepted without a token: 127.0.0.1, ::1, localhost.',
    { fix: 'Create a token first: orc tokens create NAME --role viewer' },
  );
}
