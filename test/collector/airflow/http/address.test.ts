import { describe, expect, it } from 'vitest';
import { encodePath, parseAddress } from '../../../../collector/airflow/http/address.js';

describe('parseAddress', () => {
  it.each([
    ['http://host:8080', 'http://host:8080'],
    ['http://host:8080/', 'http://host:8080'],
    ['https://host/team-a/', 'https://host/team-a'],
    ['https://host/team-a/api/v2', 'https://host/team-a'],
    ['https://host/team-a/home?x=1#y', 'https://host/team-a'],
  ])('reads %s', (text, base) => {
    expect(parseAddress(text)).toEqual({ base, username: null, password: null });
  });

  it('takes credentials out of the address', () => {
    expect(parseAddress('https://me:p%40ss@host/x')).toEqual({
      base: 'https://host/x',
      username: 'me',
      password: 'p@ss',
    });
  });

  it.each(['host:8080', 'ftp://host', '', 'http://'])('refuses %j with a fix', (text) => {
    expect(() => parseAddress(text)).toThrow(/is not the address of an Airflow server/);
  });

  it('does not repeat credentials of a broken address', () => {
    expect(() => parseAddress('http://me:hunter2@host:99999')).toThrow(/"http:\/\/host:99999" is not/);
  });
});

describe('encodePath', () => {
  it('keeps every id one part of the path', () => {
    expect(
      encodePath(['dags', 'a/b c', 'dagRuns', 'scheduled__2026-11-23T16:30:00+00:00', 'x', '🚀', 3]),
    ).toBe('/dags/a%2Fb%20c/dagRuns/scheduled__2026-11-23T16%3A30%3A00%2B00%3A00/x/%F0%9F%9A%80/3');
  });

  it('encodes queries, leaves out what is undefined, and survives half a surrogate pair', () => {
    expect(encodePath(['~'], { a: '1+1', b: undefined, c: 0 })).toBe('/~?a=1%2B1&c=0');
    expect(encodePath(['\uD800'])).toBe('/%EF%BF%BD');
  });
});
