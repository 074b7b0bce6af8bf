import type { Progress } from '../../core/progress.js';
import type { BacktestResult, FitResult } from './jobs.js';

/** What a training thread posts. */
export type WorkerMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'result'; readonly result: FitResult | BacktestResult }
  | { readonly type: 'error'; readonly message: string; readonly stack: string | undefined };
