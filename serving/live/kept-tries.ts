/** Vectors of the riskiest tasks of each DAG, kept for explanations; those of all tries would not fit into memory. */

/** Tasks of a DAG that can be explained. */
export const TASKS_KEPT = 3;

/** A scored try that asks to be kept. */
export interface ScoredTry {
  /** Position among all tries. */
  readonly index: number;
  readonly taskId: string;
  readonly risk: number;
  /** Whether it is part of a run under way: such tries go before others. */
  readonly isUnderWay: boolean;
}

interface Kept extends ScoredTry {
  readonly row: number;
}

export class KeptTries {
  /** Row-major. */
  readonly vectors: Float32Array;
  private readonly kept: readonly Kept[][];
  /** First row of each DAG. */
  private readonly rows: Int32Array;

  /** @param tries how many each DAG has. */
  constructor(
    tries: readonly number[],
    private readonly width: number,
  ) {
    this.rows = new Int32Array(tries.length + 1);
    tries.forEach((count, dag) => {
      this.rows[dag + 1] = this.rows[dag]! + Math.min(TASKS_KEPT, count);
    });
    this.vectors = new Float32Array(this.rows[tries.length]! * width);
    this.kept = tries.map(() => []);
  }

  /** Keeps the vector if the try is the riskiest of its task so far and the task one of the riskiest of its DAG. */
  offer(dag: number, scored: ScoredTry, values: Float32Array, offset: number): void {
    const kept = this.kept[dag]!;
    let position = kept.findIndex(({ taskId }) => taskId === scored.taskId);
    if (position >= 0) {
      if (scored.risk <= kept[position]!.risk) return;
    } else if (kept.length < TASKS_KEPT) {
      position = kept.length;
    } else {
      position = 0;
      for (let i = 1; i < kept.length; i++) if (isBefore(kept[position]!, kept[i]!)) position = i;
      if (!isBefore(scored, kept[position]!)) return;
    }
    const row = this.rows[dag]! + position;
    kept[position] = { ...scored, row };
    this.vectors.set(values.subarray(offset, offset + this.width), row * this.width);
  }

  /** Row of a try's vector; -1 when it was not kept. */
  rowOf(dag: number, index: number): number {
    return this.kept[dag]!.find((kept) => kept.index === index)?.row ?? -1;
  }
}

function isBefore(left: ScoredTry, right: ScoredTry): boolean {
  if (left.isUnderWay !== right.isUnderWay) return left.isUnderWay;
  return left.risk > right.risk;
}
