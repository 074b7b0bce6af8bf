import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Page, PagePosition } from '../../../../collector/airflow/pages.js';
import { readUnordered, type UnorderedOptions } from '../../../../collector/airflow/v1/read-unordered.js';

type Read = UnorderedOptions<string>['read'];

function pageOf(rows: readonly string[], { offset = 0, limit }: PagePosition): Page<string> {
  return { rows: rows.slice(offset, offset + limit), total: rows.length, nextCursor: undefined };
}

function read(source: Read, more: Partial<UnorderedOptions<string>> = {}): Promise<string[] | null> {
  return readUnordered({
    keyOf: (row) => row,
    pageSize: 5,
    rounds: 30,
    mayGiveUp: false,
    read: source,
    ...more,
  });
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `row ${index}`);

describe('readUnordered', () => {
  it.each([0, 1, 5, 6, 23])('reads %i rows of a list that rests', async (count) => {
    expect(await read((at) => Promise.resolve(pageOf(names(count), at)))).toEqual(names(count));
  });

  it('takes one page that holds everything as it is', async () => {
    let reads = 0;
    await read((at) => {
      reads++;
      return Promise.resolve(pageOf(names(5), at));
    });
    expect(reads).toBe(1);
  });

  it('never ends without a row that was there all the time, whatever order each page has and whoever leaves', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 25 }),
        fc.array(fc.nat(), { minLength: 10, maxLength: 40 }),
        fc.array(fc.boolean(), { maxLength: 10 }),
        async (count, seeds, leavings) => {
          let rows = names(count);
          let reads = 0;
          const outcome = await read(
            (at) => {
              const turn = seeds[reads % seeds.length]! % Math.max(1, rows.length);
              if (leavings[reads++] === true) rows = rows.slice(1);
              return Promise.resolve(pageOf([...rows.slice(turn), ...rows.slice(0, turn)], at));
            },
            { mayGiveUp: true },
          );
          for (const row of outcome === null ? [] : rows) expect(outcome).toContain(row);
        },
      ),
      { seed: 20261124, numRuns: 300 },
    );
  });

  it('starts counting again when a row has joined', async () => {
    let rows = names(8);
    const outcome = await read((at) => {
      const page = pageOf(rows, at);
      // It comes in where the reader has been.
      if (at.offset === 0 && rows.length === 8) rows = ['late', ...rows];
      return Promise.resolve(page);
    });
    expect(outcome).toEqual(expect.arrayContaining(['late', ...names(8)]));
  });

  it('gives null for too many rows, and for rows that never rest when less can be asked for', async () => {
    expect(await read((at) => Promise.resolve(pageOf(names(9), at)), { maxRows: 8 })).toBeNull();
    let reads = 0;
    const restless: Read = (at) =>
      Promise.resolve({ ...pageOf(names(9), { ...at, offset: 0 }), total: 20 + (reads++ % 2) });
    expect(await read(restless, { mayGiveUp: true, rounds: 2 })).toBeNull();
    await expect(read(restless, { rounds: 2 })).rejects.toThrow('keep moving');
  });
});
