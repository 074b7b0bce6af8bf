import type { FailureClass } from '../../core/facts.js';
import { errorLines, hasAirflowLines } from './error-lines.js';
import { maskSecrets } from './mask-secrets.js';
import { RULES } from './rules.js';
import { shorten } from './shorten.js';

/** Why a try failed, as far as its log tells. Holds no secret that could be recognised. */
export interface FailureReason {
  readonly class: FailureClass;
  /** The rule that decided, or null for `unknown`. */
  readonly rule: string | null;
  /** The line that it decided by, or the last error line; masked, at most 500 characters; null when the log tells nothing. */
  readonly evidence: string | null;
}

const LONGEST_EVIDENCE = 500;

/** That something failed, without a word of why. */
const SAYS_NOTHING =
  /^Task failed with exception|^Failed to execute job \d+ for task|Task exited with return code \d|Bash command failed|Command exited with return code|Marking task as/;

/** Rule of logs that end in mid-course. */
export const LOG_BREAKS_OFF = 'log_breaks_off';

/** A person's stop is told before what it leads to: signals, killed processes, lost connections. */
const DECISIVE = RULES.filter((rule) => rule.class === 'stopped_by_person');

/**
 * Classifies a failure by the end of its log: by the newest error line that a rule knows, since what ended the try is told last. A log
 * that Airflow wrote and that ends without any error belongs to a process that was lost.
 *
 * @param log text or JSON lines, of any length: only its end is read
 */
export function explainLogEnd(log: string): FailureReason {
  const lines = errorLines(log).map(maskSecrets).reverse();
  for (const rules of [DECISIVE, RULES]) {
    for (const line of lines) {
      const rule = rules.find(({ pattern }) => pattern.test(line));
      if (rule !== undefined)
        return { class: rule.class, rule: rule.id, evidence: shorten(line, LONGEST_EVIDENCE) };
    }
  }
  // A task that fails says so, and so does whoever ends it: only a lost process leaves its log in mid-course.
  if (lines.length === 0 && hasAirflowLines(log))
    return { class: 'transient_infrastructure', rule: LOG_BREAKS_OFF, evidence: null };
  const last = lines.find((line) => !SAYS_NOTHING.test(line)) ?? lines[0];
  return {
    class: 'unknown',
    rule: null,
    evidence: last === undefined ? null : shorten(last, LONGEST_EVIDENCE),
  };
}
