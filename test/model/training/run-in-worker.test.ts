import { describe, expect, it } from 'vitest';
import type { Progress } from '../../../core/progress.js';
import type { LabelledVectors } from '../../../model/types.js';
import { runInWorker } from '../../../model/training/run-in-worker.js';
import { runJob } from '../../../model/training/run-job.js';
import { workerUrl } from '../../../core/worker-url.js';
import { SYNTHETIC_GROUPS, syntheticVectors } from '../synthetic-vectors.js';

const vectors = syntheticVectors(1200);
const job = { job: 'fit', kind: 'try', vectors, groups: SYNTHETIC_GROUPS, seed: 3 } as const;
const never = (): AbortSignal => new AbortController().signal;

describe('training in a worker thread', () => {
  it('gives what the same job gives on this thread, and reports progress', async () => {
    const seen: Progress[] = [];
    const result = await runInWorker(job, { onProgress: (progress) => seen.push(progress), signal: never() });
    const here = await runJob(job, () => undefined);
    expect('saved' in here && Buffer.from(result.saved).equals(Buffer.from(here.saved))).toBe(true);
    expect(result.metrics.rows).toBeGreaterThan(300);
    expect(seen.at(-1)).toMatchObject({ step: 'training', unit: 'epochs' });
    expect(seen.map(({ done }) => done)).toEqual(seen.map((_, i) => i + 1));
  });

  it('reads vectors on shared memory in place', async () => {
    const values = new Float32Array(new SharedArrayBuffer(vectors.values.byteLength));
    values.set(vectors.values);
    const shared = { ...vectors, values, subject: (row: number) => ({ row }) };
    const result = await runInWorker(
      { ...job, vectors: shared },
      { onProgress: () => undefined, signal: never() },
    );
    expect(result.reason).toBeNull();
    expect(values).toEqual(vectors.values);
  });

  it('ends at once when it is cancelled, before and during the work', async () => {
    const before = new AbortController();
    before.abort();
    const options = { onProgress: () => undefined };
    await expect(runInWorker(job, { ...options, signal: before.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    const during = new AbortController();
    const running = runInWorker(job, {
      onProgress: () => {
        during.abort();
      },
      signal: during.signal,
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('hands on what went wrong', async () => {
    const broken: LabelledVectors = { ...vectors, features: undefined as never };
    await expect(
      runInWorker({ ...job, vectors: broken }, { onProgress: () => undefined, signal: never() }),
    ).rejects.toMatchObject({ code: 'internal', message: /training failed/ });
  });

  it('runs compiled code', () => {
    expect(
      workerUrl(new URL('../../../model/training/run-in-worker.ts', import.meta.url).href, './worker.js')
        .pathname,
    ).toMatch(/dist\/model\/training\/worker\.js$/);
  });
});
