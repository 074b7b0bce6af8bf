import type { Progress } from '../../core/progress.js';
import type { Job, JobResult } from './jobs.js';

/** What a training thread posts. */
export type WorkerMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'result'; readonly result: JobResult<Job> }
  | { readonly type: 'error'; readonly message: string; readonly stack: string | undefined };
