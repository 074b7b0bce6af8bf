import { describe, expect, it } from 'vitest';
import type { SourceStatus } from '../../../serving/source-status.js';
import { sourceState } from '../../../serving/web/sources-page.js';
import { useServer } from '../http/harness.js';
import { NOW, sketchSource } from '../support.js';

const evil = '<b>refused</b>';

const working: SourceStatus = {
  deployment: 'production',
  source: 'airflow_rest',
  lastSuccessAt: NOW - 6,
  rows: 12_345,
  errors: 0,
  polling: {
    knownUntil: NOW - 8,
    clockSkewSeconds: 0.4,
    passSeconds: 2.4,
    airflowVersion: '3.2.1',
    failure: null,
  },
};
const failing: SourceStatus = {
  ...working,
  deployment: 'staging',
  lastSuccessAt: NOW - 600,
  errors: 7,
  polling: { ...working.polling!, clockSkewSeconds: -42, failure: { message: evil, fix: 'Give it Viewer.' } },
};
const statsd: SourceStatus = {
  deployment: 'production',
  source: 'statsd',
  lastSuccessAt: NOW - 5,
  rows: 900,
  errors: 0,
};
const counts = { deployment: 'production', packets: 4000, samples: 9750, parseErrors: 3, dropped: 250 };

describe('how a source is', () => {
  it.each<[SourceStatus, string]>([
    [working, 'ok'],
    [failing, 'failing'],
    [{ ...working, lastSuccessAt: null }, 'waiting'],
    [statsd, 'ok'],
    [{ ...statsd, lastSuccessAt: NOW - 61 }, 'silent'],
    // Polling a slow Airflow may take long: what fails says so.
    [{ ...working, lastSuccessAt: NOW - 600 }, 'ok'],
  ])('%#: %j', (source, state) => {
    expect(sourceState(source, NOW).name).toBe(state);
  });
});

describe('the page of sources', () => {
  const http = useServer({
    scorer: sketchSource([{ dagId: 'orders', risk: 0.2 }]),
    collectorStatus: () => [working, statsd, failing],
    statsdCounts: () => [counts],
  });

  it('shows each source of each deployment', async () => {
    const { text, status } = await http.ask('/sources');
    expect(status).toBe(200);
    for (const part of [
      'Airflow REST API',
      'StatsD',
      'Airflow 3.2.1',
      '12,345',
      '10 s ago',
      'under 1 s',
      '42 s behind',
      '4,000',
      '250 (2.5%)',
      '2 of 3',
      '25,590',
      'Give it Viewer.',
    ]) {
      expect(text, part).toContain(part);
    }
  });

  it('escapes what a server said', async () => {
    const { text } = await http.ask('/sources');
    expect(text).toContain('&#60;b&#62;refused');
    expect(text).not.toContain(evil);
  });

  it('is named on every page when a source is in trouble', async () => {
    expect((await http.ask('/')).text).toContain('1 source in trouble');
  });
});

describe('without sources', () => {
  const http = useServer();

  it('says how to connect an Airflow', async () => {
    const { text } = await http.ask('/sources');
    expect(text).toContain('orc init');
    expect(text).not.toContain('in trouble');
  });
});
