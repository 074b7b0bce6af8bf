/** Shorter durations are all the same to a forecast; their logarithms would not be. Seconds. */
const SHORTEST_SECONDS = 0.05;

export function toLog(seconds: number): number {
  return Math.log(Math.max(SHORTEST_SECONDS, seconds));
}

/** Mean and variance of logarithms of durations, over about the last `horizon` of them. */
export class LogMoments {
  private weight = 0;
  private average = 0;
  private squares = 0;

  constructor(private readonly horizon: number) {}

  push(value: number): void {
    const kept = 1 - 1 / this.horizon;
    this.weight = kept * this.weight + 1;
    const step = value - this.average;
    this.average += step / this.weight;
    this.squares = kept * this.squares + step * (value - this.average);
  }

  /** How many values it stands for. */
  get count(): number {
    return this.weight;
  }

  get mean(): number {
    return this.average;
  }

  /** 0 until there are two values. */
  get variance(): number {
    return this.weight > 1 ? this.squares / this.weight : 0;
  }
}

/** A normal distribution of logarithms of seconds. */
export interface LogNormal {
  readonly mean: number;
  readonly deviation: number;
}

/** What is expected of a task that nothing is known of: a minute, give or take a factor of four. */
const ANY: LogNormal = { mean: Math.log(60), deviation: 1.4 };
/** No pool of evidence counts for more values than this: another one may be nearer. */
const MOST = 20;
/** A wider spread than e to this, either way, is no forecast. */
export const MOST_DEVIATION = 1.5;

/** Pools what is known of related keys, as one normal distribution with the moments of the mixture. */
export function poolMoments(sources: readonly (LogMoments | undefined)[]): LogNormal {
  let weight = 1;
  let sum = ANY.mean;
  let squares = ANY.deviation ** 2 + ANY.mean ** 2;
  for (const source of sources) {
    if (source === undefined || source.count === 0) continue;
    const share = Math.min(MOST, source.count);
    weight += share;
    sum += share * source.mean;
    squares += share * (source.variance + source.mean ** 2);
  }
  const mean = sum / weight;
  return {
    mean,
    deviation: Math.min(MOST_DEVIATION, Math.sqrt(Math.max(0.01, squares / weight - mean * mean))),
  };
}
