import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.js';
import { describeError } from '../../core/logger.js';

describe('an error in the log', () => {
  it('is told in words and numbers, with its causes, without the objects that it carries', () => {
    const client = {
      connectionParameters: { host: 'db.example', password: 'secret' },
      release: () => undefined,
    };
    const lost = Object.assign(new Error('Connection terminated'), {
      code: 'ECONNRESET',
      errno: -104,
      client,
    });
    const told = describeError(
      new AppError('database_unavailable', 'the database is away', { cause: lost, fix: 'start it' }),
    );
    expect(told).toMatchObject({
      type: 'AppError',
      code: 'database_unavailable',
      retryable: false,
      fix: 'start it',
    });
    expect(told).toHaveProperty('stack', expect.stringContaining('Connection terminated'));
    expect(describeError(lost)).toEqual({
      type: 'Error',
      message: 'Connection terminated',
      stack: expect.stringContaining('Connection terminated') as string,
      code: 'ECONNRESET',
      errno: -104,
    });
  });

  it('is told as it is when it is no error', () => {
    expect(describeError('a text')).toBe('a text');
  });
});
