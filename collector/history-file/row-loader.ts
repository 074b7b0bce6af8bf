import { AppError } from '../../core/errors.js';
import type { TryWriter } from '../../core/fact-log/write.js';
import type { Logger } from '../../core/logger.js';
import { HISTORY_COLUMNS } from './columns.js';
import { CsvSplitter } from './csv-splitter.js';
import { NdjsonSplitter } from './ndjson-splitter.js';
import { checkHeader, RowParser } from './row-parser.js';
import type { RowSink, Splitter } from './row-sink.js';

const MAX_LOGGED_BAD_ROWS = 20;
const HEADER_FIX = `Start the file with a header row of these columns: ${HISTORY_COLUMNS.join(',')}`;

/** Takes the text of a file, cuts and parses it, hands the rows to the writer and counts them. */
export class RowLoader implements RowSink {
  readonly #writer: TryWriter;
  readonly #logger: Logger;
  #splitter: Splitter | null = null;
  #parser: RowParser | null = null;
  #mayBeBroken = false;
  /** Rows so far, the header apart. */
  count = 0;
  bad = 0;
  /** Line and reason of the first bad row. */
  firstBad: string | null = null;

  constructor(writer: TryWriter, logger: Logger) {
    this.#writer = writer;
    this.#logger = logger;
  }

  push(text: string): void {
    this.#splitter ??= this.#chooseSplitter(text);
    // A row may have begun in the piece before this one, so the mark is kept for the rest of the file.
    this.#mayBeBroken ||= text.includes('\ufffd');
    this.#splitter.push(text);
  }

  end(): void {
    this.#splitter?.end();
    if (this.#parser === null) {
      throw new AppError('input_invalid', 'line 1: there is no header row', { fix: HEADER_FIX });
    }
    if (this.bad > MAX_LOGGED_BAD_ROWS) {
      this.#logger.warn(
        { bad: this.bad, shown: MAX_LOGGED_BAD_ROWS },
        'more bad rows were skipped than are shown',
      );
    }
  }

  onRow(fields: readonly string[], line: number): void {
    if (this.#parser === null) {
      this.#readHeader(fields, line);
      return;
    }
    this.count++;
    if (this.#mayBeBroken && fields.some((field) => field.includes('\ufffd'))) {
      this.#reportBad(line, 'it has bytes that are not UTF-8');
      return;
    }
    const observation = this.#parser.parse(fields);
    const problem = typeof observation === 'string' ? observation : this.#writer.add(observation);
    if (problem !== null) this.#reportBad(line, problem);
  }

  onBadLine(line: number, reason: string): void {
    if (this.#parser === null) {
      throw new AppError('input_invalid', `line ${line}: the header row cannot be read: ${reason}`, {
        fix: HEADER_FIX,
      });
    }
    this.count++;
    this.#reportBad(line, reason);
  }

  #chooseSplitter(text: string): Splitter {
    const start = text.trimStart();
    if (start.startsWith('{')) {
      this.#parser = new RowParser(HISTORY_COLUMNS);
      return new NdjsonSplitter(this, (column) => {
        this.#warnUnknown([column]);
      });
    }
    if (start.startsWith('[')) {
      throw new AppError('input_invalid', 'line 1: a JSON array is not accepted', {
        fix: 'Write one JSON object per line (newline-delimited JSON), or CSV.',
      });
    }
    return new CsvSplitter(this);
  }

  #readHeader(fields: readonly string[], line: number): void {
    const header = fields.map((name) => name.trim());
    this.#warnUnknown(checkHeader(header, line));
    this.#parser = new RowParser(header);
  }

  #warnUnknown(columns: readonly string[]): void {
    if (columns.length > 0) this.#logger.warn({ columns }, 'unknown columns are ignored');
  }

  #reportBad(line: number, reason: string): void {
    this.bad++;
    this.firstBad ??= `line ${line}: ${reason}`;
    if (this.bad <= MAX_LOGGED_BAD_ROWS) this.#logger.warn({ line, reason }, 'bad row skipped');
  }
}
