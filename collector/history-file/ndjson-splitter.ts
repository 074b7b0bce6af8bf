import { extraProblem } from '../../core/fact-log/extra-problem.js';
import { HISTORY_COLUMNS } from './columns.js';
import { MAX_ROW_CHARACTERS, TOO_LONG, type RowSink, type Splitter } from './row-sink.js';

const KNOWN: ReadonlySet<string> = new Set(HISTORY_COLUMNS);
const NUMERIC: ReadonlySet<string> = new Set(['map_index', 'try_number']);

/** Splits newline-delimited JSON: one object a line, its keys the column names of a history file. */
export class NdjsonSplitter implements Splitter {
  readonly #sink: RowSink;
  readonly #onUnknownColumn: (name: string) => void;
  readonly #unknown = new Set<string>();
  #pieces: string[] = [];
  #pendingLength = 0;
  #line = 1;
  #isSkipping = false;

  /** `onUnknownColumn` is called once for each of the first few keys that are not columns. */
  constructor(sink: RowSink, onUnknownColumn: (name: string) => void) {
    this.#sink = sink;
    this.#onUnknownColumn = onUnknownColumn;
  }

  push(text: string): void {
    let from = 0;
    for (;;) {
      const lineEnd = text.indexOf('\n', from);
      if (lineEnd < 0) break;
      this.#append(text.slice(from, lineEnd));
      this.#finishLine();
      from = lineEnd + 1;
    }
    this.#append(text.slice(from));
  }

  end(): void {
    this.#finishLine();
  }

  #append(piece: string): void {
    if (this.#isSkipping || piece === '') return;
    this.#pieces.push(piece);
    this.#pendingLength += piece.length;
    if (this.#pendingLength <= MAX_ROW_CHARACTERS) return;
    this.#sink.onBadLine(this.#line, TOO_LONG);
    this.#isSkipping = true;
    this.#pieces = [];
    this.#pendingLength = 0;
  }

  #finishLine(): void {
    const text = this.#pieces.length === 1 ? this.#pieces[0]! : this.#pieces.join('');
    this.#pieces = [];
    this.#pendingLength = 0;
    this.#isSkipping = false;
    if (text.trim() !== '') this.#readLine(text);
    this.#line++;
  }

  #readLine(text: string): void {
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch {
      this.#sink.onBadLine(this.#line, `not valid JSON: ${JSON.stringify(text.slice(0, 60))}`);
      return;
    }
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      this.#sink.onBadLine(this.#line, 'not a JSON object');
      return;
    }
    const fields: string[] = [];
    for (const column of HISTORY_COLUMNS) {
      const value = (record as Record<string, unknown>)[column];
      const problem = fieldProblem(column, value);
      if (problem !== null) {
        this.#sink.onBadLine(this.#line, `${column}: ${problem}`);
        return;
      }
      fields.push(fieldText(value));
    }
    this.#reportUnknown(record);
    this.#sink.onRow(fields, this.#line);
  }

  #reportUnknown(record: object): void {
    for (const key of Object.keys(record)) {
      if (KNOWN.has(key) || this.#unknown.has(key) || this.#unknown.size >= 20) continue;
      this.#unknown.add(key);
      this.#onUnknownColumn(key);
    }
  }
}

function fieldProblem(column: string, value: unknown): string | null {
  if (value === undefined || value === null || typeof value === 'string') return null;
  // Checked before it becomes text again: writing a deep value would overflow the stack.
  if (column === 'extra') return typeof value === 'object' ? extraProblem(value) : 'it is not a JSON object';
  if (NUMERIC.has(column)) return typeof value === 'number' ? null : 'it is not an integer';
  return 'it is not text';
}

function fieldText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
