/** Sizes and times of collection; the defaults suit Airflow's own limits. */
export interface Tuning {
  /** Rows that one transaction aims at. */
  readonly targetRows: number;
  /** A span with more rows than this is read in halves. */
  readonly maxRows: number;
  /** Each reading of changes goes back this far behind the one before: for late commits and clocks that differ. */
  readonly overlapSeconds: number;
  /** The tasks of all DAGs, and assets, are read again after this time; new DAG versions are noticed at once. */
  readonly tasksEverySeconds: number;
  /** Reading the list of DAGs takes at most one part in this many of the time. */
  readonly dagsPatience: number;
  /** What surrounds the runs (assets, events, health) is read after this time; 0: with every pass. */
  readonly surroundingsEverySeconds: number;
  /** Measurements of the platform older than this many days are deleted. */
  readonly platformDays: number;
}

export const REST_TUNING: Tuning = {
  targetRows: 2000,
  maxRows: 10_000,
  overlapSeconds: 120,
  tasksEverySeconds: 3600,
  dagsPatience: 20,
  surroundingsEverySeconds: 0,
  platformDays: 30,
};

/** Rows are cheap there, and transactions of the store are not. */
export const METADATA_TUNING: Tuning = {
  targetRows: 10_000,
  maxRows: 30_000,
  overlapSeconds: 60,
  tasksEverySeconds: 3600,
  dagsPatience: 20,
  // By REST all the same: the polls of the database are many, and must not load it.
  surroundingsEverySeconds: 60,
  platformDays: 30,
};
