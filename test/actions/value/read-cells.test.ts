import { afterAll, beforeAll, expect, it } from 'vitest';
import { foldCells, readCells, valueReport, type ValueRow } from '../../../actions/value/index.js';
import { seededRandom } from '../../../model/random.js';
import { temporaryDatabase, type TemporaryDatabase } from '../../support/database.js';

let store: TemporaryDatabase;
beforeAll(async () => {
  store = await temporaryDatabase();
});
afterAll(() => store.drop());

const SOURCE = `
  SELECT kind, cause, arm, treated_probability, failed, delay_minutes
  FROM json_to_recordset($1::json) AS row(
    kind text, cause text, arm text, treated_probability float8, failed boolean, delay_minutes float8)`;

it('folds in the database as foldCells does', async () => {
  const random = seededRandom(1);
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  const rows = Array.from({ length: 3000 }, (): ValueRow => ({
    kind: pick('retry', 'resize_pool'),
    cause: pick('transient', "it's \\ odd"),
    arm: pick('treated', 'treated', 'held_out'),
    treatedProbability: pick(0.8, 0.9),
    failed: pick(true, false, null),
    delayMinutes: pick(null, 230 + random() ** 4, 1000, -3),
    drawnAt: 0,
  }));
  const json = rows.map((row) => ({
    ...row,
    treated_probability: row.treatedProbability,
    delay_minutes: row.delayMinutes,
  }));
  const cells = await readCells(store.database, SOURCE, [JSON.stringify(json)]);
  const byName = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  const expected = foldCells(rows);
  const counts = (all: typeof cells) =>
    all.map(({ delay, ...rest }) => ({ ...rest, delays: delay.count })).sort(byName);
  expect(counts(cells)).toEqual(counts(expected));
  const report = valueReport(cells);
  valueReport(expected).forEach((line, i) => {
    for (const limit of ['estimate', 'low', 'high'] as const)
      expect(report[i]!.minutesSaved![limit]).toBeCloseTo(line.minutesSaved![limit], 6);
  });
  expect(await readCells(store.database, SOURCE, ['[]'])).toEqual([]);
});

it('sees no spread in delays that are alike', async () => {
  const alike = (arm: string, delay_minutes: number) =>
    Array.from({ length: 1001 }, () => ({
      kind: 'retry',
      cause: 'transient',
      arm,
      treated_probability: 0.8,
      failed: false,
      delay_minutes,
    }));
  const json = JSON.stringify([...alike('treated', 0.1), ...alike('held_out', 77.7)]);
  const [line] = valueReport(await readCells(store.database, SOURCE, [json]));
  expect(line).toMatchObject({ treated: { delaysKnown: 1001 }, minutesSaved: null });
});
