/** Growable storage of labelled vectors with a bound on its rows. */
import type { UnixSeconds } from '../core/facts.js';
import type { FinalOutlook } from './final-failures.js';
import { TextTable } from './text-table.js';

/** Label of a row whose outcome is not known yet. */
const PENDING = 2;
/** Label of a row that will be removed. */
const DROPPED = 3;

/** Who a row is about. `taskId` is empty, `mapIndex` -1 and `tryNumber` 0 for a DAG run. */
export interface RowSubject {
  readonly deployment: string;
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
}

/** Codes of {@link ReplayedVectors.stages}. */
export const STAGE_QUEUED = 0;
export const STAGE_RUNNING = 1;
export const STAGE_PLANNED = 2;
export const STAGE_RETRYING = 3;

/** Labelled vectors in decision order, with what a backtest needs to know of each row. Satisfies the model's `LabelledVectors`. */
export interface ReplayedVectors {
  readonly features: readonly string[];
  readonly rows: number;
  /** Row-major, rows x features; on shared memory, so that a worker can read it without a copy. */
  readonly values: Float32Array;
  readonly labels: Uint8Array;
  readonly decidedAt: Float64Array;
  readonly labelKnownAt: Float64Array;
  /** 1 where the latest outcome visible before the decision was a success. */
  readonly afterSuccess: Uint8Array;
  /** The contract's historical rate, as the vector holds it. */
  readonly historicalRate: Float32Array;
  /** Latest outcome visible before the decision: 1 failed, 0 success, NaN none. */
  readonly lastOutcome: Float32Array;
  /** STAGE_... of each row. */
  readonly stages: Uint8Array;
  /** P(the task fails for good | this try fails), and the plain rate of such ends, at the decision; NaN where not asked for. */
  readonly finalIfFailed: Float32Array;
  readonly finalRate: Float32Array;
  /** How many rows this one stands for: above 1 where rows were thinned out, or only a sample was described. */
  readonly weights: Float32Array;
  subject(row: number): RowSubject;
}

/** Up to so many numbers the store grows by doubling; beyond, it reserves its bound at once. */
const SMALL_VALUES = 2 ** 24;
/** Classes by label and last outcome (none counts as success), of which the largest is thinned out first. */
const CLASSES = 4;
const SUBJECT_COLUMNS = 6;
const NO_OUTLOOK = { ifFailed: NaN, rate: NaN };

/**
 * When `maxRows` is reached, every other row of the largest class (by label and last outcome) is dropped and its others
 * count double, so that rare failures and recoveries stay. Memory for the full bound is reserved at once beyond 64 MiB:
 * the system commits pages only as they are written, whereas growing by copies would need twice the size.
 */
export class VectorStore {
  private size = 0;
  private capacity = 0;
  private nextSerial = 0;
  private values: Float32Array = new Float32Array(0);
  private labels = new Uint8Array(0);
  private stages = new Uint8Array(0);
  private decidedAt = new Float64Array(0);
  private labelKnownAt = new Float64Array(0);
  private serials = new Uint32Array(0);
  private finalIfFailed = new Float32Array(0);
  private finalRate = new Float32Array(0);
  private subjects = new Int32Array(0);
  /** The latest text of each column and its id: rows of one run come together. */
  private readonly latest = Array.from({ length: 4 }, () => ({ text: '', id: 0 }));
  /** A kept row of a class stands for 2^level. */
  private readonly levels = new Uint8Array(CLASSES);

  constructor(
    private readonly features: readonly string[],
    private readonly historicalRateColumn: number,
    private readonly lastOutcomeColumn: number,
    private readonly maxRows: number,
    /** How many rows each stands for by itself, by its decision time; 1 unless given. */
    private readonly weightOf: (decidedAt: UnixSeconds) => number = () => 1,
    /** Ids of the subjects; stores of the same subjects may share one. */
    private readonly texts = new TextTable(),
  ) {}

  /** Rows held, with those whose outcome is not known yet. */
  get rows(): number {
    return this.size;
  }

  /** Where to write the next vector, at the offset that {@link reserve} returned. */
  get buffer(): Float32Array {
    return this.values;
  }

  /** Makes room for a row and returns its offset in {@link buffer}. */
  reserve(): number {
    if (this.size >= this.maxRows) this.thinOut();
    if (this.size === this.capacity) this.grow();
    return this.size * this.features.length;
  }

  /**
   * Adds the row whose vector was written at the reserved offset, unless it is thinned out. `label` null waits for {@link settle}.
   * @returns the row's serial number, for `settle`.
   */
  append(
    subject: RowSubject,
    stage: number,
    decidedAt: UnixSeconds,
    label: 0 | 1 | null,
    labelKnownAt: UnixSeconds,
    outlook: Pick<FinalOutlook, 'ifFailed' | 'rate'> = NO_OUTLOOK,
  ): number {
    const row = this.size;
    const serial = this.nextSerial++;
    this.labels[row] = label ?? PENDING;
    if (label !== null && !isKept(serial, this.levels[this.classOf(row)]!)) return serial;
    this.stages[row] = stage;
    this.decidedAt[row] = decidedAt;
    this.labelKnownAt[row] = labelKnownAt;
    this.serials[row] = serial;
    this.finalIfFailed[row] = outlook.ifFailed;
    this.finalRate[row] = outlook.rate;
    const at = row * SUBJECT_COLUMNS;
    this.subjects[at] = this.textId(0, subject.deployment);
    this.subjects[at + 1] = this.textId(1, subject.dagId);
    this.subjects[at + 2] = this.textId(2, subject.runId);
    this.subjects[at + 3] = this.textId(3, subject.taskId);
    this.subjects[at + 4] = subject.mapIndex;
    this.subjects[at + 5] = subject.tryNumber;
    this.size++;
    return serial;
  }

  /** Tells the outcome of a row; null when it will never have one. A row that is gone already is left alone. */
  settle(serial: number, label: 0 | 1 | null, labelKnownAt: UnixSeconds): void {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.serials[middle]! < serial) low = middle + 1;
      else high = middle;
    }
    if (low === this.size || this.serials[low] !== serial) return;
    this.labels[low] = label ?? DROPPED;
    this.labelKnownAt[low] = labelKnownAt;
    if (label !== null && !isKept(serial, this.levels[this.classOf(low)]!)) this.labels[low] = DROPPED;
  }

  /** The labelled rows. The store must not be written to afterwards. */
  finish(): ReplayedVectors {
    this.keep((row) => this.labels[row]! < PENDING);
    const { size, features, texts, subjects } = this;
    const width = features.length;
    const column = (index: number): Float32Array => {
      const values = new Float32Array(size);
      for (let row = 0; row < size; row++) values[row] = this.values[row * width + index]!;
      return values;
    };
    const weights = new Float32Array(size);
    for (let row = 0; row < size; row++) {
      weights[row] = 2 ** this.levels[this.classOf(row)]! * this.weightOf(this.decidedAt[row]!);
    }
    const lastOutcome = column(this.lastOutcomeColumn);
    // A loop: `Uint8Array.from` with a function takes ten times as long.
    const afterSuccess = new Uint8Array(size);
    for (let row = 0; row < size; row++) afterSuccess[row] = lastOutcome[row] === 0 ? 1 : 0;
    return {
      features,
      rows: size,
      values: this.values.subarray(0, size * width),
      labels: this.labels.slice(0, size),
      decidedAt: this.decidedAt.slice(0, size),
      labelKnownAt: this.labelKnownAt.slice(0, size),
      afterSuccess,
      historicalRate: column(this.historicalRateColumn),
      lastOutcome,
      stages: this.stages.slice(0, size),
      finalIfFailed: this.finalIfFailed.slice(0, size),
      finalRate: this.finalRate.slice(0, size),
      weights,
      subject: subjectsOf(texts, subjects),
    };
  }

  private textId(column: number, text: string): number {
    const latest = this.latest[column]!;
    if (latest.text !== text) {
      latest.id = this.texts.id(text);
      latest.text = text;
    }
    return latest.id;
  }

  private classOf(row: number): number {
    const last = this.values[row * this.features.length + this.lastOutcomeColumn];
    return this.labels[row]! * 2 + (last === 1 ? 1 : 0);
  }

  private thinOut(): void {
    while (this.size > this.maxRows * 0.75) {
      const counts = new Float64Array(CLASSES);
      for (let row = 0; row < this.size; row++) {
        if (this.labels[row]! < PENDING) counts[this.classOf(row)]!++;
      }
      const largest = counts.indexOf(Math.max(...counts));
      const before = this.size;
      this.levels[largest]!++;
      const level = this.levels[largest]!;
      this.keep((row) => {
        const label = this.labels[row]!;
        if (label >= PENDING) return label === PENDING;
        return this.classOf(row) !== largest || isKept(this.serials[row]!, level);
      });
      if (this.size === before) return;
    }
  }

  /** Drops the rows that are not wanted, in place. */
  private keep(isWanted: (row: number) => boolean): void {
    const width = this.features.length;
    let to = 0;
    for (let row = 0; row < this.size; row++) {
      if (!isWanted(row)) continue;
      if (to !== row) {
        this.values.copyWithin(to * width, row * width, (row + 1) * width);
        this.subjects.copyWithin(to * SUBJECT_COLUMNS, row * SUBJECT_COLUMNS, (row + 1) * SUBJECT_COLUMNS);
        this.labels[to] = this.labels[row]!;
        this.stages[to] = this.stages[row]!;
        this.decidedAt[to] = this.decidedAt[row]!;
        this.labelKnownAt[to] = this.labelKnownAt[row]!;
        this.serials[to] = this.serials[row]!;
        this.finalIfFailed[to] = this.finalIfFailed[row]!;
        this.finalRate[to] = this.finalRate[row]!;
      }
      to++;
    }
    this.size = to;
  }

  private grow(): void {
    const width = this.features.length;
    const doubled = Math.max(1024, this.capacity * 2);
    const isLarge = doubled * width > SMALL_VALUES && Number.isFinite(this.maxRows);
    this.capacity = isLarge ? Math.max(doubled, this.maxRows) : doubled;
    const values = new Float32Array(new SharedArrayBuffer(this.capacity * width * 4));
    values.set(this.values);
    this.values = values;
    this.labels = grown(this.labels, new Uint8Array(this.capacity));
    this.stages = grown(this.stages, new Uint8Array(this.capacity));
    this.decidedAt = grown(this.decidedAt, new Float64Array(this.capacity));
    this.labelKnownAt = grown(this.labelKnownAt, new Float64Array(this.capacity));
    this.serials = grown(this.serials, new Uint32Array(this.capacity));
    this.finalIfFailed = grown(this.finalIfFailed, new Float32Array(this.capacity));
    this.finalRate = grown(this.finalRate, new Float32Array(this.capacity));
    this.subjects = grown(this.subjects, new Int32Array(this.capacity * SUBJECT_COLUMNS));
  }
}

/** On its own, so that it keeps nothing else of the store alive. */
function subjectsOf(texts: TextTable, subjects: Int32Array): ReplayedVectors['subject'] {
  return (row) => ({
    deployment: texts.text(subjects[row * SUBJECT_COLUMNS]!),
    dagId: texts.text(subjects[row * SUBJECT_COLUMNS + 1]!),
    runId: texts.text(subjects[row * SUBJECT_COLUMNS + 2]!),
    taskId: texts.text(subjects[row * SUBJECT_COLUMNS + 3]!),
    mapIndex: subjects[row * SUBJECT_COLUMNS + 4]!,
    tryNumber: subjects[row * SUBJECT_COLUMNS + 5]!,
  });
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Of every 2^level serial numbers one is kept, scattered; what a level keeps is a part of what the level below keeps. */
function isKept(serial: number, level: number): boolean {
  if (level === 0) return true;
  let hash = Math.imul(serial ^ (serial >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 16)) & (2 ** level - 1)) === 0;
}
