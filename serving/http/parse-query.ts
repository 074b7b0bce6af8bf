/** Parameters of a query or keys of a body, or an error that says which is wrong and what is accepted. */
import type { Request } from 'express';
import type { z } from 'zod';
import { HttpError } from './errors.js';

/** @throws HttpError 400 `bad_parameter`. */
export function parseQuery<S extends z.ZodObject>(schema: S, request: Request): z.output<S> {
  const parsed = schema.safeParse(request.query);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new HttpError(400, 'bad_parameter', describeParameter(issue, request, Object.keys(schema.shape)));
}

function describeParameter(issue: z.core.$ZodIssue, { query }: Request, accepted: readonly string[]): string {
  if (issue.code === 'unrecognized_keys')
    return `Query parameter ${issue.keys.join(', ')} is not known: expected ${accepted.join(', ')}.`;
  const name = String(issue.path[0]);
  return `Query parameter ${name} is ${JSON.stringify(query[name])}: ${issue.message}.`;
}

/** @throws HttpError 400 `bad_body`. A request without a body counts as one of an empty object. */
export function parseBody<S extends z.ZodObject>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const accepted = Object.keys(schema.shape).join(', ');
  const problem =
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.join(', ')} is not known: expected ${accepted}`
      : issue.path.length === 0
        ? `expected a JSON object with ${accepted}`
        : `${String(issue.path[0])}: ${issue.message}`;
  throw new HttpError(400, 'bad_body', `Body: ${problem}.`);
}
