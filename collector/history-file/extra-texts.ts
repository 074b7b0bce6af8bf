import { extraProblem } from '../../core/fact-log/extra-problem.js';

const MAX_CACHED = 20_000;
const MAX_CACHED_LENGTH = 512;

/** Beyond these, PostgreSQL's numeric may refuse what JavaScript reads; the text is then written anew. */
const RISKY_NUMBER = /\d[eE][+-]?\d{3}/;
const RISKY_LENGTH = 10_000;

interface Verdict {
  readonly json: string;
  readonly problem: string | null;
}

/** Checks the `extra` of rows. Histories repeat theirs, so verdicts are kept in bounded memory. */
export class ExtraTexts {
  readonly #verdicts = new Map<string, Verdict>();

  check(text: string): Verdict {
    const known = this.#verdicts.get(text);
    if (known !== undefined) return known;
    // A copy: a slice would keep the whole chunk of the file that it was cut from.
    const copy = text.length <= MAX_CACHED_LENGTH ? Buffer.from(text).toString() : text;
    const verdict = judge(copy);
    if (text.length <= MAX_CACHED_LENGTH) {
      if (this.#verdicts.size >= MAX_CACHED) this.#verdicts.clear();
      this.#verdicts.set(copy, verdict);
    }
    return verdict;
  }
}

function judge(text: string): Verdict {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { json: text, problem: 'it is not valid JSON; a JSON object is accepted' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { json: text, problem: 'it is not a JSON object' };
  }
  const problem = extraProblem(value);
  if (problem !== null) return { json: text, problem };
  const isRisky = text.length > RISKY_LENGTH || RISKY_NUMBER.test(text);
  return { json: isRisky ? JSON.stringify(value) : text, problem };
}
