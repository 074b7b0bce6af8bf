/** Audit entries as lines of JSON: how they leave ORC, and how they are verified elsewhere. */
import { z } from 'zod';
import { AppError } from '../../core/errors.js';
import { canonicalJson } from './canonical-json.js';
import type { ChainRow } from './chain.js';

const lineSchema = z.strictObject({
  sequence: z.int().min(1),
  entry: z.record(z.string(), z.unknown()),
  previous_hash: z.hex().length(64),
  hash: z.hex().length(64),
});

/** One row as a line without its end; `entry` stands in it to the byte as it was hashed. */
export function toJsonLine({ sequence, entry, previousHash, hash }: ChainRow): string {
  return `{"sequence":${sequence},"entry":${entry},"previous_hash":"${previousHash}","hash":"${hash}"}`;
}

/**
 * Reads lines of {@link toJsonLine}, white space and order of keys aside; empty lines are skipped.
 * @param place name of the file, for messages
 * @throws AppError `input_invalid` that names the first line which is none
 */
export async function* fromJsonLines(
  lines: AsyncIterable<string> | Iterable<string>,
  place: string,
): AsyncGenerator<ChainRow, void, undefined> {
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    const parsed = lineSchema.safeParse(parse(line));
    if (!parsed.success)
      throw new AppError(
        'input_invalid',
        `${place}, line ${number}, is no audit entry: expected {"sequence", "entry", "previous_hash", "hash"} as orc audit export writes them`,
      );
    const { sequence, entry, previous_hash, hash } = parsed.data;
    yield { sequence, entry: canonicalJson(entry), previousHash: previous_hash, hash, at: null };
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
