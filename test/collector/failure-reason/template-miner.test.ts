import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TemplateMiner } from '../../../collector/failure-reason/index.js';

const learnAll = (miner: TemplateMiner, lines: readonly string[]) => lines.map((line) => miner.learn(line));

describe('TemplateMiner', () => {
  it('joins lines that differ in their variable parts, as in the paper', () => {
    const miner = new TemplateMiner();
    const found = learnAll(miner, [
      'Receive from node 4',
      'Receive from node 17',
      'Deleting block blk_231 from /10.0.0.7:50010',
      'Deleting block blk_907 from /10.0.0.9:50010',
    ]);
    expect(found.map(({ text, count }) => [text, count])).toEqual([
      ['Receive from node <*>', 1],
      ['Receive from node <*>', 2],
      ['Deleting block blk_231 from /<*>', 1],
      ['Deleting block <*> from /<*>', 2],
    ]);
    expect(miner.size).toBe(2);
  });

  it('takes times, ids and numbers for variables', () => {
    const { text } = new TemplateMiner().learn(
      'ValueError: run 2026-11-24T01:17:11.678+00:00 of 0190a7c2-0f9a-7000-8000-1234567890ab took 12.5s at 0x7f3a',
    );
    expect(text).toBe('ValueError: run <*> of <*> took <*>s at <*>');
  });

  it('keeps lines apart that are no more alike than it is told', () => {
    const lines = ['Error while reading file orders', 'Error while reading table customers'];
    expect(
      new Set(learnAll(new TemplateMiner({ similarity: 0.9 }), lines).map(({ text }) => text)).size,
    ).toBe(2);
    expect(learnAll(new TemplateMiner({ similarity: 0.5 }), lines)[1]!.text).toBe(
      'Error while reading <*> <*>',
    );
  });

  it('forgets the template that was seen least recently', () => {
    const miner = new TemplateMiner({ maxTemplates: 2 });
    learnAll(miner, ['first', 'second one', 'first', 'third of all']);
    expect(miner.size).toBe(2);
    expect(miner.learn('first').count).toBe(3);
    expect(miner.learn('second one').count).toBe(1);
  });

  it('keeps no secret', () => {
    expect(new TemplateMiner().learn('cannot connect with password=hunter2').text).not.toContain('hunter2');
  });

  it('is deterministic, and its templates keep the number of tokens', () => {
    const lines = fc.array(
      fc.array(fc.constantFrom('a', 'b', 'c7', 'd', '12'), { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(lines, (rows) => {
        const texts = rows.map((row) => row.join(' '));
        const found = learnAll(new TemplateMiner({ maxChildren: 2, maxTemplates: 5 }), texts);
        expect(learnAll(new TemplateMiner({ maxChildren: 2, maxTemplates: 5 }), texts)).toEqual(found);
        expect(found.map(({ text }) => text.split(' ').length)).toEqual(rows.map((row) => row.length));
      }),
    );
  });

  it('goes on with the templates that another miner had', () => {
    const first = new TemplateMiner();
    first.learn('Connection to host-a refused by peer');
    const learnt = first.learn('Connection to host-b refused by peer');
    const second = new TemplateMiner({}, [learnt]);
    expect(second.learn('Connection to host-c refused by peer')).toEqual({ ...learnt, count: 3 });
    expect(second.size).toBe(1);
    const few = new TemplateMiner({ maxTemplates: 1 }, [
      { id: 'old', text: 'KeyError: a b c', count: 5 },
      learnt,
    ]);
    expect(few.size).toBe(1);
    expect(few.learn('KeyError: a b c').id).not.toBe('old');
  });

  it('keeps the id of a template that becomes more general', () => {
    const miner = new TemplateMiner();
    const { id } = miner.learn('Connection to host-a refused by peer');
    expect(miner.learn('Connection to host-b refused by peer')).toMatchObject({
      id,
      text: 'Connection to <*> refused by peer',
    });
    expect(miner.learn('something else altogether').id).not.toBe(id);
  });
});
