import { describe, expect, it } from 'vitest';
import {
  assertSafeToListen,
  createHostPolicy,
  hostOfHeader,
  hostOfOrigin,
  isLoopback,
} from '../../../serving/http/hosts.js';

describe('hostOfHeader', () => {
  it.each([
    ['localhost:9810', 'localhost'],
    ['ORC.Example.com', 'orc.example.com'],
    ['orc.example.com.', 'orc.example.com'],
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]:9810', '::1'],
    ['[::ffff:10.0.0.5]:80', '10.0.0.5'],
    [undefined, null],
    ['', null],
    ['evil.example/localhost', null],
    ['localhost@evil.example', null],
    ['a b', null],
    ['localhost:port', null],
  ])('%s -> %s', (header, host) => {
    expect(hostOfHeader(header)).toBe(host);
  });
});

describe('hostOfOrigin', () => {
  it.each([
    ['http://localhost:9810', 'localhost'],
    ['https://orc.example.com', 'orc.example.com'],
    ['http://[::1]:9810', '::1'],
    ['null', null],
    ['file://', null],
    ['http://localhost/path', null],
    ['javascript:alert(1)', null],
  ])('%s -> %s', (origin, host) => {
    expect(hostOfOrigin(origin)).toBe(host);
  });
});

describe('createHostPolicy', () => {
  const policy = createHostPolicy('0.0.0.0', ['orc.example.com']);

  it('allows loopback, configured names and the address that the connection came in on', () => {
    for (const host of ['localhost', '127.0.0.1', '::1', 'orc.example.com']) {
      expect(policy.allows(host, undefined)).toBe(true);
    }
    expect(policy.allows('10.0.0.5', '::ffff:10.0.0.5')).toBe(true);
  });

  it('refuses everything else', () => {
    for (const host of [null, 'evil.example', '0.0.0.0', '10.0.0.6', 'orc.example.com.evil.example']) {
      expect(policy.allows(host, '10.0.0.5')).toBe(false);
    }
  });
});

describe('assertSafeToListen', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '[::1]', 'localhost', 'LOCALHOST.'])(
    '%s needs no token',
    (host) => {
      expect(isLoopback(host)).toBe(true);
      expect(() => {
        assertSafeToListen(host, 0);
      }).not.toThrow();
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.5', 'orc.example.com', '127.evil.example'])(
    '%s needs a token',
    (host) => {
      expect(() => {
        assertSafeToListen(host, 0);
      }).toThrow(/refused: other machines could read everything/);
      expect(() => {
        assertSafeToListen(host, 1);
      }).not.toThrow();
    },
  );
});
