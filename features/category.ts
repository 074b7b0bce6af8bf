/** One key of `extra`, or a column of the same nature. */
export class Category {
  readonly values = new Map<string, number>();
  /** It has too many values to be one. */
  isClosed = false;

  constructor(
    readonly index: number,
    /** Known only after the try ended. */
    readonly isPost: boolean,
  ) {}

  close(): void {
    this.isClosed = true;
    this.values.clear();
  }
}
