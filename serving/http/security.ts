/** What every request passes before it is answered: headers, Host and Origin, time limit, token. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { hasRole, type Role } from '../auth/roles.js';
import type { Gate } from '../auth/gate.js';
import type { VerifiedToken } from '../auth/tokens.js';
import { HttpError } from './errors.js';
import { hostOfHeader, hostOfOrigin, type HostPolicy } from './hosts.js';

export const SESSION_COOKIE = 'orc_session';

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set(HEADERS);
  next();
};

/** Refuses names that are not ours: a page of another site cannot then read or change anything through a browser. */
export function checkHostAndOrigin(policy: HostPolicy): RequestHandler {
  return (request, _response, next) => {
    const { localAddress } = request.socket;
    const host = request.headers.host;
    if (!policy.allows(hostOfHeader(host), localAddress)) {
      next(
        new HttpError(
          403,
          'host_not_allowed',
          `Host ${JSON.stringify(host ?? '')} is not accepted; add its name to server.allowed_hosts.`,
        ),
      );
      return;
    }
    const { origin } = request.headers;
    if (origin !== undefined && !policy.allows(hostOfOrigin(origin), localAddress)) {
      next(
        new HttpError(
          403,
          'origin_not_allowed',
          `Origin ${JSON.stringify(origin)} is not accepted; add its name to server.allowed_hosts.`,
        ),
      );
      return;
    }
    next();
  };
}

/** Answers 503 when a handler takes longer than this; what it sends later goes nowhere. */
export function timeLimit(milliseconds: number): RequestHandler {
  return (_request, response, next) => {
    const timer = setTimeout(() => {
      if (!response.headersSent) {
        next(
          new HttpError(503, 'timeout', `No answer within ${milliseconds} ms; try again.`, {
            'Retry-After': '5',
          }),
        );
      }
    }, milliseconds);
    response.once('close', () => {
      clearTimeout(timer);
    });
    next();
  };
}

function cookie(request: Request, name: string): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

/** The token of the Authorization header, or else of the session cookie that the sign-in page sets. */
export function tokenOf(request: Request): string | null {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
  return cookie(request, SESSION_COOKIE);
}

const callers = new WeakMap<Request, VerifiedToken>();

/**
 * Resolves for a request that holds the role, whose token {@link callerOf} then tells, or that needs no token because only this
 * machine can ask and no token exists; rejects with 401 or 403.
 */
export async function authorise(gate: Gate, request: Request, role: Role): Promise<void> {
  const token = tokenOf(request);
  const isOpen = async (): Promise<boolean> => role === 'viewer' && !(await gate.needsToken());
  if (token === null) {
    if (await isOpen()) return;
    throw new HttpError(401, 'unauthorized', 'An API token is required: Authorization: Bearer orc_...', {
      'WWW-Authenticate': 'Bearer realm="orc"',
    });
  }
  const verified = await gate.verify(token);
  if (verified === null) {
    const isLeftOverCookie = request.headers.authorization === undefined;
    if (isLeftOverCookie && (await isOpen())) return;
    throw new HttpError(401, 'unauthorized', 'This API token is unknown, expired or revoked.', {
      'WWW-Authenticate': 'Bearer realm="orc", error="invalid_token"',
    });
  }
  if (!hasRole(verified.role, role)) {
    throw new HttpError(403, 'forbidden', `The role ${verified.role} may not do this: ${role} is needed.`);
  }
  callers.set(request, verified);
}

export function requireRole(gate: Gate, role: Role): RequestHandler {
  return async (request, _response, next) => {
    await authorise(gate, request, role);
    next();
  };
}

/** Whose token a request came with, behind {@link authorise}; null where none was needed. */
export function callerOf(request: Request): VerifiedToken | null {
  return callers.get(request) ?? null;
}

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,100}$/;

/** Under which a request is found again in records: what its client calls it, if that is short and plain, else a new one. */
export function requestIdOf(request: Request, response: Response): string {
  const given = request.get('X-Request-Id') ?? '';
  const id = REQUEST_ID.test(given) ? given : randomUUID();
  response.set('X-Request-Id', id);
  return id;
}

/** Browsers name their origin in every POST; without one, a form elsewhere could have sent it. */
export const requireOrigin: RequestHandler = (request, _response, next) => {
  if (request.headers.origin === undefined)
    throw new HttpError(403, 'origin_required', 'This request needs an Origin header.');
  next();
};
