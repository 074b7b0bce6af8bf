/** Milliseconds; percentiles by nearest rank. */
export interface Timing {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function timingOf(samples: readonly number[]): Timing {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1)! };
}

export interface Seconds {
  readonly wall: number;
  /** Of all threads: what other work on the machine does not blur. */
  readonly processor: number;
}

/** Starts a watch; each call of it tells the time since. */
export function stopwatch(): () => Seconds {
  const started = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { wall: (performance.now() - started) / 1000, processor: (user + system) / 1e6 };
  };
}

/** How long some work on this thread takes, and what it returns. */
export function timed<T>(work: () => T): [Seconds, T] {
  const watch = stopwatch();
  const result = work();
  return [watch(), result];
}
