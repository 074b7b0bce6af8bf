import { errorMessage } from '../../../core/errors.js';
import { AirflowError } from './airflow-error.js';

interface Explanation {
  readonly says: string;
  readonly fix: string;
  /** False when waiting cannot help. */
  readonly retryable?: boolean;
}

const CHECK_ADDRESS = 'Check host and port of `url`, and that the Airflow API server is running.';
const CONNECTION_ERRORS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: { says: 'refuses the connection: nothing listens there', fix: CHECK_ADDRESS },
  ENOTFOUND: {
    says: 'has a host name that cannot be found',
    fix: 'Check the host name in `url`, or the DNS.',
  },
  EAI_AGAIN: { says: 'has a host name that cannot be found just now', fix: 'Check the DNS.' },
  EHOSTUNREACH: { says: 'cannot be reached over the network', fix: CHECK_ADDRESS },
  ENETUNREACH: { says: 'cannot be reached over the network', fix: CHECK_ADDRESS },
  ETIMEDOUT: { says: 'does not accept the connection in time', fix: CHECK_ADDRESS },
  UND_ERR_CONNECT_TIMEOUT: { says: 'does not accept the connection in time', fix: CHECK_ADDRESS },
  ECONNRESET: { says: 'closed the connection before it answered', fix: CHECK_ADDRESS },
  UND_ERR_SOCKET: { says: 'closed the connection before it answered', fix: CHECK_ADDRESS },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    says: 'does not speak TLS',
    fix: 'Write http:// instead of https:// in `url`.',
    retryable: false,
  },
};

/**
 * The error of a conversation that broke or never began.
 * @param proxyUrl the proxy in between, which then is as likely the one who failed
 */
export function connectionError(error: unknown, url: string, proxyUrl: string | null): AirflowError {
  const code = errorCode(error);
  const refusal = proxyUrl === null ? undefined : proxyRefusal(code, error);
  const known = refusal ?? CONNECTION_ERRORS[code] ?? explainFamily(code);
  const through = proxyUrl === null ? '' : ` (through the proxy ${new URL(proxyUrl).host})`;
  const place = new URL(url).origin + through;
  const says = known?.says ?? `cannot be reached (${code === '' ? errorMessage(error) : code})`;
  return new AirflowError('unreachable', `${place} ${says}`, {
    cause: error,
    retryable: known?.retryable ?? true,
    fix: known?.fix ?? CHECK_ADDRESS,
  });
}

/** undici tells what a proxy answers instead of passing on only in the text of its errors. */
function proxyRefusal(code: string, error: unknown): Explanation | undefined {
  if (code !== 'UND_ERR_ABORTED' && code !== 'UND_ERR_INVALID_ARG') return undefined;
  const status = /\((\d{3})\)/.exec(errorMessage(error))?.[1];
  if (status === undefined) return undefined;
  const isLogin = status === '407';
  return {
    says: `is not let through: the proxy answers HTTP ${status}`,
    fix: isLogin
      ? 'Write user and password of the proxy into `proxy`: http://user:password@proxy.example.com:3128.'
      : 'Check `proxy`, and that it may reach the address in `url`.',
    retryable: !isLogin,
  };
}

function explainFamily(code: string): Explanation | undefined {
  if (code.startsWith('HPE')) {
    return {
      says: 'does not speak HTTP',
      fix: 'Check the port; if the server speaks TLS, write https:// in `url`.',
      retryable: false,
    };
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    return {
      says: `has a TLS certificate that is not trusted (${code})`,
      fix: 'Set `ca_file` to the certificate (PEM) of the authority that signed it.',
      retryable: false,
    };
  }
  return undefined;
}

/** undici wraps the system's error as `cause`, and several (IPv6 and IPv4) as `errors`. */
function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { name, code, cause, errors } = error as {
    name?: unknown;
    code?: unknown;
    cause?: unknown;
    errors?: unknown;
  };
  if (name === 'HTTPParserError') return 'HPE';
  if (typeof code === 'string' && code !== 'UND_ERR_SOCKET') return code;
  const inner = errorCode(cause) || (Array.isArray(errors) ? errorCode(errors[0]) : '');
  return inner !== '' ? inner : typeof code === 'string' ? code : '';
}
