import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AirflowError } from '../../../collector/airflow/http/airflow-error.js';
import { readPages, type Page, type PagePosition } from '../../../collector/airflow/pages.js';

interface Row {
  readonly id: number;
  readonly name: string;
}

/** A list ordered by id, read as Airflow offers it. */
function pageOf(rows: readonly Row[], position: PagePosition, hasCursors: boolean): Page<Row> {
  if (hasCursors) {
    const rest = position.cursor === '' ? rows : rows.filter((row) => row.id > Number(position.cursor));
    const part = rest.slice(0, position.limit);
    return {
      rows: part,
      total: null,
      nextCursor: rest.length > position.limit ? String(part.at(-1)!.id) : null,
    };
  }
  const offset = position.offset ?? 0;
  return { rows: rows.slice(offset, offset + position.limit), total: rows.length, nextCursor: undefined };
}

const keyOf = (row: Row): string => String(row.id);

describe.each([{ hasCursors: false }, { hasCursors: true }])(
  'readPages, cursors $hasCursors',
  ({ hasCursors }) => {
    it.each([0, 1, 2, 9, 10, 11, 19, 20, 21, 100])('reads %i rows in pages of 10', async (count) => {
      const rows = Array.from({ length: count }, (_, id) => ({ id, name: 'x' }));
      const read = await readPages({
        read: (at) => Promise.resolve(pageOf(rows, at, hasCursors)),
        keyOf,
        pageSize: 10,
      });
      expect(read).toEqual(rows);
    });

    it('loses no row of a list whose rows move to its end or vanish between pages', async () => {
      const change = fc.record({
        isRemoval: fc.boolean(),
        place: fc.nat(),
        burst: fc.integer({ min: 0, max: 6 }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: 60 }),
          fc.integer({ min: 1, max: 12 }),
          fc.array(change, { maxLength: 12 }),
          async (count, pageSize, changes) => {
            let nextId = count;
            let rows: Row[] = Array.from({ length: count }, (_, id) => ({ id, name: `row ${id}` }));
            const pending = [...changes];
            const touched = new Set<string>();
            const read = await readPages<Row>({
              keyOf,
              pageSize,
              read: (at) => {
                const page = pageOf(rows, at, hasCursors);
                const next = pending.shift();
                for (let moved = 0; next !== undefined && moved < next.burst && rows.length > 0; moved++) {
                  const row = rows[next.place % rows.length]!;
                  touched.add(row.name);
                  rows = rows.filter((other) => other !== row);
                  if (!next.isRemoval) rows = [...rows, { id: nextId++, name: row.name }];
                }
                return Promise.resolve(page);
              },
            });
            const names = new Set(read!.map((row) => row.name));
            // A page of one row cannot overlap the page before; Airflow's pages are never that small.
            if (pageSize === 1 && !hasCursors) return;
            for (const row of rows) if (!touched.has(row.name)) expect(names).toContain(row.name);
          },
        ),
        { seed: 20261123, numRuns: 500 },
      );
    });

    it('stops at once when there are more rows than allowed', async () => {
      const rows = Array.from({ length: 100 }, (_, id) => ({ id, name: 'x' }));
      let reads = 0;
      const read = await readPages({
        keyOf,
        pageSize: 10,
        maxRows: 25,
        read: (at) => {
          reads++;
          return Promise.resolve(pageOf(rows, at, hasCursors));
        },
      });
      expect(read).toBeNull();
      expect(reads).toBe(hasCursors ? 4 : 1);
    });

    it('asks for smaller pages when an answer is too large, and for larger ones after it', async () => {
      const rows = Array.from({ length: 40 }, (_, id) => ({ id, name: 'x' }));
      const limits: number[] = [];
      const read = await readPages({
        keyOf,
        pageSize: 16,
        read: (at) => {
          limits.push(at.limit);
          const page = pageOf(rows, at, hasCursors);
          const isHeavy = page.rows.some((row) => row.id === 20) && page.rows.length > 1;
          return isHeavy ? Promise.reject(new AirflowError('too_large', 'too large')) : Promise.resolve(page);
        },
      });
      expect(read).toEqual(rows);
      expect(Math.min(...limits)).toBe(1);
      expect(limits.at(-1)).toBeGreaterThan(1);
    });

    it('asks for smaller pages when an answer times out, down to ten rows, and then is patient', async () => {
      const asked: [limit: number, isTimeoutFinal: boolean][] = [];
      const late = readPages<Row>({
        keyOf,
        pageSize: 100,
        read: (at, isTimeoutFinal) => {
          asked.push([at.limit, isTimeoutFinal]);
          return Promise.reject(new AirflowError('timeout', 'no answer'));
        },
      });
      await expect(late).rejects.toThrow('no answer');
      expect(asked).toEqual([
        [100, true],
        [50, true],
        [25, true],
        [12, true],
        [6, false],
      ]);
    });

    it('leaves a time-out to a caller who asks for less', async () => {
      let reads = 0;
      const late = readPages<Row>({
        keyOf,
        pageSize: 100,
        isTimeoutFinal: true,
        read: () => {
          reads++;
          return Promise.reject(new AirflowError('timeout', 'no answer'));
        },
      });
      await expect(late).rejects.toThrow('no answer');
      expect(reads).toBe(1);
    });

    it('gives up on a single row that is too large', async () => {
      const failing = readPages<Row>({
        keyOf,
        pageSize: 8,
        read: () => Promise.reject(new AirflowError('too_large', 'the answer is larger than 64 MiB')),
      });
      await expect(failing).rejects.toThrow('the answer is larger than 64 MiB');
    });
  },
);

it('gives up on a list that never rests', async () => {
  let start = 0;
  const failing = readPages<Row>({
    keyOf,
    pageSize: 3,
    read: (at) => {
      start += 100;
      const rows = Array.from({ length: 50 }, (_, index) => ({ id: start + index, name: 'x' }));
      return Promise.resolve(pageOf(rows, { ...at, offset: at.offset === 0 ? 0 : 10 }, false));
    },
  });
  await expect(failing).rejects.toThrow();
});
