import { AppError, errorMessage } from '../../core/errors.js';

export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** The result of one test of a connection, a permission or this machine. */
export interface Check {
  /** What was tested; the same in every version. */
  readonly name: string;
  /** The deployment that it concerns; null for ORC itself. */
  readonly deployment: string | null;
  readonly status: CheckStatus;
  readonly found: string;
  /** What to do about it; null when nothing is wrong. */
  readonly fix: string | null;
}

export type Recorder = (name: string, status: CheckStatus, found: string, fix?: string | null) => void;

/** A list of checks that grows, for one deployment or for ORC itself. */
export function createRecorder(
  deployment: string | null,
  onCheck: (check: Check) => void,
): { readonly checks: readonly Check[]; readonly record: Recorder } {
  const checks: Check[] = [];
  return {
    checks,
    record: (name, status, found, fix) => {
      const check = { name, deployment, status, found, fix: fix ?? null };
      checks.push(check);
      onCheck(check);
    },
  };
}

/**
 * What a failure says and how to fix it, for a check.
 * @throws the error itself when it is not a finding: the user stopped the work
 */
export function explainFailure(error: unknown): { readonly found: string; readonly fix: string | undefined } {
  if (error instanceof AppError && error.code === 'cancelled') throw error;
  return { found: errorMessage(error), fix: error instanceof AppError ? error.fix : undefined };
}

export type Summary = Readonly<Record<CheckStatus, number>>;

export function summarise(checks: readonly Check[]): Summary {
  const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
  return { ok: count('ok'), warning: count('warning'), failed: count('failed'), skipped: count('skipped') };
}

/** The JSON document of checks. */
export function checksDocument(checks: readonly Check[]) {
  const summary = summarise(checks);
  return { ok: summary.failed === 0, summary, checks };
}
