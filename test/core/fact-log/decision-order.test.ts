import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareCodePoints, compareDecisions, decisionTime } from '../../../core/fact-log/decision-order.js';
import { tryObservation } from './observations.js';

describe('the order of decisions', () => {
  test('text compares by code point', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareCodePoints(a, b))).toBe(bytes);
      }),
    );
    // JavaScript's own order puts the emoji first.
    expect(['\uffee', '😀'].sort()).toEqual(['😀', '\uffee']);
    expect(compareCodePoints('\uffee', '😀')).toBeLessThan(0);
  });

  test('queueing decides, else the start', () => {
    expect(decisionTime({ queuedAt: 5, startedAt: 3 })).toBe(5);
    expect(decisionTime({ queuedAt: null, startedAt: 3 })).toBe(3);
    expect(decisionTime({ queuedAt: null, startedAt: null })).toBe(null);
  });

  test.each([
    ['time', { queuedAt: 1, deployment: 'z' }, { queuedAt: 2, deployment: 'a' }],
    ['deployment', { deployment: 'a', dagId: 'z' }, { deployment: 'b', dagId: 'a' }],
    ['dag_id', { dagId: 'a', runId: 'z' }, { dagId: 'b', runId: 'a' }],
    ['run_id', { runId: 'a', taskId: 'z' }, { runId: 'b', taskId: 'a' }],
    ['task_id', { taskId: 'a', mapIndex: 9 }, { taskId: 'b', mapIndex: 1 }],
    ['map_index', { mapIndex: 2, tryNumber: 9 }, { mapIndex: 10, tryNumber: 1 }],
    ['try_number', { tryNumber: 2 }, { tryNumber: 10 }],
    ['a time over none', { queuedAt: 1 }, { queuedAt: null, startedAt: null }],
  ])('%s comes before what follows it', (_name, earlier, later) => {
    const [a, b] = [tryObservation(earlier), tryObservation(later)];
    expect(Math.sign(compareDecisions(a, b))).toBe(-1);
    expect(Math.sign(compareDecisions(b, a))).toBe(1);
    expect(compareDecisions(a, a)).toBe(0);
  });
});
