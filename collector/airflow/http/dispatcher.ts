import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';

/** What stands between here and Airflow. */
export interface Gateway {
  /** Sent with every request; values may be secrets. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates (PEM) of authorities that are trusted beside the usual ones. */
  readonly certificateAuthorities?: string | null;
  /** Address of an HTTP proxy, with its credentials if it wants any. */
  readonly proxyUrl?: string | null;
}

export interface DispatcherOptions extends Gateway {
  /** For one whole answer, headers and body. */
  readonly timeoutSeconds: number;
  readonly connections: number;
}

/** The connections of one client: kept alive, few, through the configured proxy if there is one. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const connectTimeout = Math.min(options.timeoutSeconds, 10) * 1000;
  const pool = {
    connections: options.connections,
    pipelining: 1,
    connectTimeout,
    // The caller times whole answers.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4000,
  };
  const authorities = options.certificateAuthorities ?? null;
  // `ca` replaces what Node trusts by itself.
  const tls = authorities === null ? {} : { ca: [...rootCertificates, authorities] };
  const proxyUrl = options.proxyUrl ?? null;
  if (proxyUrl === null) return new Agent({ ...pool, connect: { ...tls, timeout: connectTimeout } });
  return new ProxyAgent({
    ...pool,
    uri: proxyUrl,
    requestTls: { ...tls, timeout: connectTimeout },
    proxyTls: { ...tls, timeout: connectTimeout },
    // Many proxies open tunnels to TLS ports only; plain requests are passed on as they are.
    proxyTunnel: false,
  });
}
