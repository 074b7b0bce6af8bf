import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, type Command } from 'commander';
import {
  fromJsonLines,
  readAudit,
  toJsonLine,
  verifyAudit,
  verifyChain,
  type ChainHead,
  type ChainRow,
  type Verification,
} from '../../actions/audit/index.js';
import { AppError, errorMessage } from '../../core/errors.js';
import { addCommand, addGroup, isoTime } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';
import { ReportedFailure } from '../reported-failure.js';

/** `orc audit verify/export` */
export function addAudit(program: Command): void {
  const audit = addGroup(program, 'audit', 'who did what and why, chained by hashes', 'orc audit verify');
  addVerify(audit);
  addExport(audit);
}

interface VerifyOptions extends CommonOptions {
  readonly head: readonly ChainHead[];
  readonly file?: string;
}

function addVerify(audit: Command): void {
  addCommand(
    audit,
    'verify',
    'follow the chain from its start, name the first row that does not hold, and print the end to keep elsewhere',
    'orc audit verify --head 120:5f0e...c1',
  )
    .option(
      '--head <end>',
      'an end printed earlier, such as 120:5f0e...; may be given several times',
      addHead,
      [],
    )
    .option('--file <file>', 'verify what orc audit export wrote instead of the database')
    .action(async (options: VerifyOptions) => {
      const { context, finish } = createContext(options);
      try {
        const { file, head } = options;
        const found =
          file === undefined
            ? await withDatabase(context, (database) => verifyAudit(database, head))
            : await verifyFile(file, head);
        context.print(toDocument(found), () => describe(found));
        if (found.firstBreak !== null) throw new ReportedFailure();
      } finally {
        finish();
      }
    });
}

function addHead(text: string, earlier: readonly ChainHead[]): ChainHead[] {
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence === undefined || hash === undefined)
    throw new InvalidArgumentError(
      'expected what orc audit verify printed: a number, `:` and 64 hex digits.',
    );
  return [...earlier, { sequence: Number(sequence), hash }];
}

/** A file may begin anywhere: its first row is taken at its word for what it follows. */
async function verifyFile(file: string, known: readonly ChainHead[]): Promise<Verification> {
  const input = createReadStream(file);
  const failure = new Promise<never>((_resolve, reject) => {
    input.once('error', (error) => {
      reject(new AppError('input_invalid', `${file} cannot be read: ${errorMessage(error)}`));
    });
  });
  const rows = fromJsonLines(createInterface({ input, crlfDelay: Infinity }), file);
  return Promise.race([verifyFromFirst(rows, known), failure]);
}

async function verifyFromFirst(
  rows: AsyncGenerator<ChainRow, void, undefined>,
  known: readonly ChainHead[],
): Promise<Verification> {
  const first = await rows.next();
  if (first.done === true) return verifyChain([], { known });
  const { sequence, previousHash } = first.value;
  async function* all(): AsyncGenerator<ChainRow, void, undefined> {
    yield first.value as ChainRow;
    yield* rows;
  }
  return verifyChain(all(), { known, from: { sequence: sequence - 1, hash: previousHash } });
}

function toDocument({ entries, head, firstBreak }: Verification): object {
  return {
    intact: firstBreak === null,
    entries,
    head: `${head.sequence}:${head.hash}`,
    first_break: firstBreak,
  };
}

function describe({ entries, head, firstBreak }: Verification): string {
  const end = `${head.sequence}:${head.hash}`;
  return firstBreak === null
    ? `intact: ${entries} entries, the last of which is\n${end}\nKeep this line where ORC's database cannot be written from; orc audit verify --head LINE compares with it.`
    : `broken: ${firstBreak.message}\nintact up to ${end}`;
}

function addExport(audit: Command): void {
  addCommand(
    audit,
    'export',
    'write the entries as lines of JSON (with --json: as one array) to standard output',
    'orc audit export --since 2026-11-01T00:00:00Z > audit.jsonl',
  )
    .option('--since <time>', 'only entries from then on, such as 2026-11-01T00:00:00Z', isoTime)
    .action(async (options: CommonOptions & { since?: number }) => {
      const { context, finish } = createContext(options);
      try {
        await withDatabase(context, (database) => {
          const rows = readAudit(database, options.since ?? null);
          const text = options.json === true ? asArray(rows) : asLines(rows);
          return pipeline(Readable.from(text), process.stdout, { end: false, signal: context.signal }).catch(
            ignoreClosedPipe,
          );
        });
      } finally {
        finish();
      }
    });
}

/** Whoever reads may stop early, as `head` does. */
function ignoreClosedPipe(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
}

async function* asLines(rows: AsyncIterable<ChainRow>): AsyncGenerator<string, void, undefined> {
  for await (const row of rows) yield `${toJsonLine(row)}\n`;
}

async function* asArray(rows: AsyncIterable<ChainRow>): AsyncGenerator<string, void, undefined> {
  let separator = '[\n';
  for await (const row of rows) {
    yield separator + toJsonLine(row);
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}
