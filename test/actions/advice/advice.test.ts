import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adviceFile, adviceFor, writeWhole, type TaskFailures } from '../../../actions/advice/index.js';
import { adviceSchema } from '../../../core/config/advice.js';

const config = adviceSchema.parse({ resource_queue: 'big' });
const task = (change: Partial<TaskFailures>): TaskFailures => ({
  deployment: 'default',
  dagId: 'load',
  taskId: 'fetch',
  retries: 1,
  queue: 'default',
  failures: 5,
  transient: 0,
  resource: 0,
  ...change,
});

describe('adviceFor', () => {
  it('advises more retries for faults of infrastructure', () => {
    expect(adviceFor(task({ transient: 4 }), config)).toEqual({
      retries: 3,
      why: '4 of 5 failures in 14 days were faults of infrastructure',
    });
  });

  it('advises another queue, and no retry, for want of memory', () => {
    expect(adviceFor(task({ resource: 5 }), config)).toEqual({
      queue: 'big',
      why: '5 of 5 failures in 14 days were for want of memory or disk',
    });
  });

  it.each([
    ['too few failures', task({ failures: 2, transient: 2 })],
    ['too small a share', task({ transient: 3 })],
    ['failures of other causes', task({})],
    ['a task that has as many retries', task({ transient: 5, retries: 3 })],
    ['a task that is in that queue', task({ resource: 5, queue: 'big' })],
  ])('advises nothing for %s', (_name, of) => {
    expect(adviceFor(of, config)).toBeNull();
  });

  it('advises no queue where none is configured, and no retries where they are 0', () => {
    expect(adviceFor(task({ resource: 5 }), adviceSchema.parse({}))).toBeNull();
    expect(adviceFor(task({ transient: 5, retries: 0 }), adviceSchema.parse({ retries: 0 }))).toBeNull();
  });
});

describe('adviceFile', () => {
  it('is by deployment, DAG and task, whatever their names, and counts for an hour', () => {
    const tasks = [
      task({ transient: 5 }),
      task({ taskId: 'other' }),
      task({ dagId: 'constructor', taskId: '__proto__', transient: 5 }),
    ];
    const file = JSON.parse(JSON.stringify(adviceFile(tasks, config, 1_767_225_600))) as object;
    expect(file).toMatchObject({
      version: 1,
      generated_at: '2026-01-01T00:00:00.000Z',
      valid_until: '2026-01-01T01:00:00.000Z',
    });
    const why = '5 of 5 failures in 14 days were faults of infrastructure';
    expect(JSON.stringify(Object.values(file).at(-1))).toBe(
      JSON.stringify({ default: { load: { fetch: { retries: 3, why } } } }).replace(
        /}}$/,
        `,"constructor":{"__proto__":{"retries":3,"why":"${why}"}}}}`,
      ),
    );
  });
});

describe('writeWhole', () => {
  it('replaces a file and leaves nothing else behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'orc-advice-'));
    const path = join(folder, 'advice.json');
    await writeWhole(path, 'one');
    await writeWhole(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    await expect(writeWhole(folder, 'three')).rejects.toThrow(`--out ${folder}: `);
    expect(readdirSync(folder)).toEqual(['advice.json']);
    rmSync(folder, { recursive: true });
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`${folder.split('/').at(-1)!}.`))).toEqual(
      [],
    );
    await expect(writeWhole(join(folder, 'gone', 'x'), '')).rejects.toThrow('gone/x: ENOENT');
  });
});
