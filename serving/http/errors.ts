/** Failures at the HTTP edge: `{"error": {"code", "message", ...details}}`, or a page for a browser. */
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express';
import { AppError, errorMessage, type ErrorCode } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';

export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    /** More for programs, beside code and message. */
    readonly details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'HttpError';
  }
}

const STATUS_OF: Partial<Record<ErrorCode, number>> = {
  usage: 400,
  input_invalid: 400,
  unauthorized: 401,
  not_found: 404,
  conflict: 409,
  too_little_history: 409,
  database_unavailable: 503,
};

/** Anything thrown, as what the client may know of it: never the message of an unexpected error. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof AppError) {
    const status = STATUS_OF[error.code];
    if (status !== undefined) return new HttpError(status, error.code, error.message);
  } else if (error instanceof Error && 'status' in error && 'expose' in error && error.expose === true) {
    return new HttpError(Number(error.status), 'bad_request', error.message);
  } else if (error instanceof URIError) {
    return new HttpError(400, 'bad_request', 'The address holds a broken percent-encoding.');
  }
  return new HttpError(500, 'internal', 'Something went wrong inside ORC; its log says what.');
}

/** Express answers methods that a path does not know with 404; this says 405. */
export function onlyMethods(...methods: string[]): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    if (methods.includes(request.method)) {
      next();
      return;
    }
    next(
      new HttpError(
        405,
        'method_not_allowed',
        `${request.method} is not accepted here: ${methods.join(', ')}.`,
        {
          Allow: methods.join(', '),
        },
      ),
    );
  };
}

export function handleErrors(
  logger: Logger,
  renderPage: (status: number, message: string) => string,
): ErrorRequestHandler {
  return (error: unknown, request: Request, response: Response, next: NextFunction) => {
    const http = toHttpError(error);
    if (http.status >= 500 && http.code === 'internal') {
      logger.error(
        { err: errorMessage(error), stack: (error as Error).stack, path: request.path },
        'request failed',
      );
    }
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(http.status).set(http.headers);
    const wantsPage =
      !/^\/(api|metrics|-)(\/|$)/.test(request.path) && request.accepts('json', 'html') === 'html';
    if (wantsPage) response.type('html').send(renderPage(http.status, http.message));
    else response.json({ error: { code: http.code, message: http.message, ...http.details } });
  };
}
