/**
 * Datagrams of a real Airflow 3.2.1 (test/stack/airflow, with and without Influx tags), one per line in the order of arrival: all of
 * those about tasks and ends of DAG runs, the first of each other name. Regenerate the facts with `npx vitest run -u` and read the diff.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Intake } from '../../../collector/statsd/intake.js';
import type { WindowObservation } from '../../../collector/statsd/aggregator.js';
import { KNOWN } from './names.js';

const END = 1_800_000_010;

function replay(name: string): { lines: string[]; facts: readonly WindowObservation[]; intake: Intake } {
  const text = readFileSync(new URL(`./fixtures/${name}.txt`, import.meta.url), 'utf8');
  const lines = text.trimEnd().split('\n');
  const intake = new Intake({ prefix: 'airflow', maxSeries: 1000, idleSeconds: 300 }, END - 10);
  intake.know(KNOWN, [3, 2, 1]);
  for (const line of lines) intake.receive(Buffer.from(line));
  return { lines, facts: intake.close(END).observations, intake };
}

function write(facts: readonly WindowObservation[]): string {
  const rows = facts.map(({ name, labels, value, maximum, sampleCount }) => {
    const shown = Object.entries(labels).filter(([, text]) => text !== '');
    const told = shown.map(([label, text]) => `${label}=${text}`).join(' ');
    return `${name} [${told}] value=${value} maximum=${maximum} samples=${sampleCount}`;
  });
  return `${rows.sort().join('\n')}\n`;
}

describe.each(['airflow-3.2.1-influx', 'airflow-3.2.1-plain'])('the datagrams of %s', (name) => {
  const { lines, facts, intake } = replay(name);

  it('are all read', () => {
    expect(intake.counts()).toMatchObject({ packets: lines.length, samples: lines.length, parseErrors: 0 });
  });

  it('give these facts', async () => {
    await expect(write(facts)).toMatchFileSnapshot(`./fixtures/${name}.facts.txt`);
  });

  it('count every end of a task once, with its ids', () => {
    const ended = facts.filter((fact) => fact.name === 'ti_finish');
    // Both modes send the legacy name exactly once per end.
    const legacy = lines.filter((line) => line.startsWith('airflow.ti.finish.'));
    expect(ended.reduce((sum, { value }) => sum + value, 0)).toBe(legacy.length);
    expect(ended.every(({ labels }) => labels.dagId !== '' && labels.taskId !== '')).toBe(true);
    expect(legacy.length).toBeGreaterThan(20);
  });
});
