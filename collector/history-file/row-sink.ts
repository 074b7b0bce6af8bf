/** Longest row that is read, in characters: larger ones are refused without being held in memory. */
export const MAX_ROW_CHARACTERS = 8 << 20;

export const TOO_LONG = `the row is longer than ${MAX_ROW_CHARACTERS.toLocaleString('en')} characters`;

/** Takes what a splitter finds. Lines count from 1. */
export interface RowSink {
  /** The fields are valid during the call only. */
  onRow(fields: readonly string[], line: number): void;
  onBadLine(line: number, reason: string): void;
}

/** Cuts a text that arrives in pieces into rows. */
export interface Splitter {
  push(text: string): void;
  /** Hands over the last row. @throws AppError `input_invalid` when the rest cannot be cut into rows. */
  end(): void;
}
