/**
 * ORC in front of a real statsd_exporter, and behind it: the datagrams that a real Airflow sent go through ORC's listener, which sends
 * them on; what ORC then reads from the exporter's page must tell the same as what it heard itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStatsdExporter, type StatsdExporter } from '../../bench/statsd-exporter.js';
import type { WindowObservation } from '../../collector/statsd/aggregator.js';
import { startListener } from '../../collector/statsd/listener/start-listener.js';
import { ExporterIntake } from '../../collector/statsd/scrape/exporter-intake.js';
import { systemClock } from '../../core/clock.js';
import { KNOWN } from '../collector/statsd/names.js';
import { fail, OPTIONS, sendUdp, UDP, Windows } from '../collector/statsd/listener/support.js';
import { until } from './until.js';

const FIXTURES = join(import.meta.dirname, '..', 'collector', 'statsd', 'fixtures');
const HELM_MAPPING = join(import.meta.dirname, 'statsd-exporter', 'helm-mapping.yml');

/** Facts by name and labels as `name dag_id=demo: [value, samples]`, those that no sender told left out. */
function told(facts: readonly WindowObservation[]): Record<string, readonly number[]> {
  const sent = facts.filter(({ name }) => name !== 'statsd_samples' && !name.endsWith('_age_seconds'));
  return Object.fromEntries(
    sent.map(({ name, labels, value, sampleCount }) => {
      const shown = Object.entries(labels).filter(([, text]) => text !== '');
      const key = [name, ...shown.map(([label, text]) => `${label}=${text}`)].join(' ');
      // The exporter sums seconds, Airflow sends milliseconds.
      return [key, [Number(value.toPrecision(12)), sampleCount]];
    }),
  );
}

/**
 * With `_` for every dot, `demo_dotted_extract` is a task of two DAGs, and so counts for neither; and a file keeps the name that the
 * exporter gave it.
 */
const isAmbiguous = (key: string): boolean => key.includes('dagId=demo.dotted taskId=extract');
const isFile = (key: string): boolean => key.includes('dagFile=');

describe.each([
  ['tags', 'airflow-3.2.1-influx', undefined, true],
  ['the mapping of the Helm chart', 'airflow-3.2.1-plain', HELM_MAPPING, false],
])('a real statsd_exporter with %s', (_how, fixture, mapping, isExact) => {
  let exporter: StatsdExporter;

  beforeAll(async () => {
    exporter = await startStatsdExporter(mapping);
  });
  afterAll(async () => {
    await exporter.stop();
  });

  it('gets every datagram, and its page tells what ORC heard', async () => {
    const lines = readFileSync(join(FIXTURES, `${fixture}.txt`), 'utf8')
      .trimEnd()
      .split('\n');
    const page = async (): Promise<string> => (await fetch(exporter.metricsUrl)).text();
    const scraped = new ExporterIntake({ ...OPTIONS, maxSeries: 1000 }, systemClock());
    scraped.know(KNOWN, [3, 2, 1]);
    scraped.receive(await page());
    scraped.close(systemClock());

    const windows = new Windows();
    const listener = await startListener(
      {
        ...OPTIONS,
        listen: UDP,
        maxSeries: 1000,
        windowSeconds: 3600,
        forwardTo: { host: '127.0.0.1', port: exporter.port },
      },
      { onWindow: windows.onWindow, onError: fail, onDeath: fail },
    );
    listener.know(KNOWN, '3.2.1');
    await sendUdp(listener.address, ...lines);
    await until(
      async () => (await exporter.shown()) === lines.length,
      60,
      'the page of the exporter tells of every datagram',
    );
    await listener.close();
    const { counts, observations } = windows.all.at(-1)!;
    expect(counts).toMatchObject({ packets: lines.length, parseErrors: 0, forwardFailures: 0 });

    scraped.receive(await page());
    const heard = Object.entries(told(observations)).filter(([key]) => isExact || !isFile(key));
    const unheard = isExact ? [] : heard.filter(([key]) => isAmbiguous(key));
    const read = told(scraped.close(systemClock()));
    console.log(`${heard.length} facts heard, ${unheard.length} of them ambiguous on the page`);
    expect(heard.length).toBeGreaterThan(70);
    expect(unheard).toHaveLength(isExact ? 0 : 6);
    expect(read).toMatchObject(Object.fromEntries(heard.filter((entry) => !unheard.includes(entry))));
    if (isExact) expect(Object.keys(read)).toHaveLength(heard.length);
  });
});
