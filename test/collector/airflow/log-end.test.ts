import { describe, expect, it } from 'vitest';
import { readLogEnd } from '../../../collector/airflow/log-end.js';

const lines = (...rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
const ndjson = (text: string, isCut = false) => ({ text, isCut, contentType: 'application/x-ndjson' });
const json = (content: unknown, isCut = false) => ({
  text: JSON.stringify({ content, continuation_token: null }),
  isCut,
  contentType: 'application/json; charset=utf-8',
});
const text = (content: string) => ({ text: content, isCut: false, contentType: 'text/plain' });

/** As 3.2.1 answers (recorded). */
const sources = (...found: string[]) => [
  { timestamp: null, event: '::group::Log message source details', sources: found },
  { timestamp: null, event: '::endgroup::' },
];
const error = { timestamp: '2026-11-24T03:59:38Z', event: 'Task failed with exception', level: 'error' };

describe('readLogEnd', () => {
  it('leaves out where Airflow looked for the log', () => {
    const whole = [...sources('/logs/attempt=1.log'), error];
    expect(readLogEnd(ndjson(lines(...whole)))).toEqual({ text: lines(error) });
    expect(readLogEnd(json(whole))).toEqual({ text: lines(error) });
    const old =
      'vm\n INFO - ::group::Log message source details\n*** Found local files:\n***   * /logs/attempt=1.log\n INFO - ::endgroup::\n[2026] x';
    expect(readLogEnd(text(old))).toEqual({ text: '[2026] x' });
    expect(readLogEnd(text('worker-1\n*** Found local files:\n***   * /a.log\n[2026] x'))).toEqual({
      text: '[2026] x',
    });
  });

  it('tells why there is no log, in the words of Airflow', () => {
    const missing =
      "Log file not found on worker 'vm'. This attempt may have run on a different worker whose logs are no longer accessible.";
    const answer = { unread: missing, isFinal: false };
    expect(readLogEnd(ndjson(lines(...sources(missing))))).toEqual(answer);
    expect(readLogEnd(json(sources(missing)))).toEqual(answer);
    const old =
      'vm\n INFO - ::group::Log message source details\n*** Could not read served logs: 404 Client Error: NOT FOUND for url: http://vm:8793/log/a\n INFO - ::endgroup::\n';
    expect(readLogEnd(text(old))).toEqual({
      unread: 'Could not read served logs: 404 Client Error: NOT FOUND for url: http://vm:8793/log/a',
      isFinal: false,
    });
  });

  it('tells an empty log from a missing one', () => {
    const empty = { unread: 'the log is empty', isFinal: false };
    expect(readLogEnd(ndjson(lines(...sources('/logs/attempt=1.log'))))).toEqual(empty);
    expect(readLogEnd(text('vm\n*** Found local files:\n***   * /logs/attempt=1.log\n'))).toEqual(empty);
    expect(readLogEnd(ndjson(''))).toEqual(empty);
  });

  it('drops the part of a line that a cut left over', () => {
    expect(readLogEnd(ndjson(`ent": "half a line"}\n${lines(error)}`, true))).toEqual({ text: lines(error) });
  });

  it('cannot use a part of one JSON document', () => {
    expect(readLogEnd(json(sources('/a'), true))).toMatchObject({ isFinal: true });
  });

  it('takes what is no log of Airflow as it comes', () => {
    expect(readLogEnd(text('*** half\nKeyError'))).toEqual({ text: 'KeyError' });
    expect(readLogEnd({ text: '[]', isCut: false, contentType: 'application/json' })).toEqual({ text: '[]' });
    expect(readLogEnd(json('plain\ntext'))).toEqual({ text: 'plain\ntext' });
  });
});
