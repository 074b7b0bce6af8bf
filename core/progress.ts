/** How far long work has come. `total` is absent while it is unknown. */
export interface Progress {
  readonly step: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: string;
}

/** Receives progress; called often, so it must be cheap. */
export type ProgressListener = (progress: Progress) => void;

export const ignoreProgress: ProgressListener = () => undefined;
