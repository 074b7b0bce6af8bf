import type { ScoredDecisions } from './decision-stream.js';

export interface MergedDecisions {
  readonly decisions: ScoredDecisions;
  /** Of each stream, where its decisions are in the merged one. */
  readonly positions: readonly Uint32Array[];
}

/** One stream in the order of decision times out of several; decisions of one moment keep the order of the streams. */
export function mergeDecisions(streams: readonly ScoredDecisions[]): MergedDecisions {
  const starts: number[] = [];
  let rows = 0;
  for (const { decidedAt } of streams) {
    starts.push(rows);
    rows += decidedAt.length;
  }
  const join = (column: (stream: ScoredDecisions) => Float64Array | Uint8Array): Float64Array => {
    const joined = new Float64Array(rows);
    streams.forEach((stream, k) => {
      joined.set(column(stream), starts[k]);
    });
    return joined;
  };
  const times = join((stream) => stream.decidedAt);
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort(
    (a, b) => times[a]! - times[b]! || a - b,
  );
  const sorted = (column: (stream: ScoredDecisions) => Float64Array | Uint8Array): Float64Array => {
    const joined = join(column);
    return Float64Array.from(order, (row) => joined[row]!);
  };
  const position = new Uint32Array(rows);
  order.forEach((row, at) => (position[row] = at));
  return {
    decisions: {
      scores: {
        rate: sorted(({ scores }) => scores.rate),
        offset: sorted(({ scores }) => scores.offset),
        residual: sorted(({ scores }) => scores.residual),
        passed: sorted(({ scores }) => scores.passed),
        starting: sorted(({ scores }) => scores.starting),
        strata: Uint8Array.from(sorted(({ scores }) => scores.strata)),
        stages: Uint8Array.from(sorted(({ scores }) => scores.stages)),
      },
      decidedAt: sorted((stream) => stream.decidedAt),
      labels: Uint8Array.from(sorted((stream) => stream.labels)),
      labelKnownAt: sorted((stream) => stream.labelKnownAt),
    },
    positions: streams.map(({ decidedAt }, k) => position.slice(starts[k], starts[k]! + decidedAt.length)),
  };
}
