/** Actions decided with buttons in Slack, over HTTP; and what becomes of them, in the same message. */
import { beforeEach, describe, expect, it } from 'vitest';
import { readAudit } from '../../actions/audit/index.js';
import { useActionWorld } from './action-world.js';

const here = useActionWorld();

describe('a press', () => {
  beforeEach(async () => {
    await here.propose();
    await here.settle();
  });

  it('of an approver decides, is on record as theirs, and changes the message in place', async () => {
    expect((await here.press()).status).toBe(200);
    await here.settle();
    expect(await here.stateOf()).toMatchObject({
      state: 'approved',
      decidedBy: 'slack:U100',
      reason: 'decided in Slack',
    });
    expect(here.decided).toBe(1);
    expect(here.slack.messages).toHaveLength(1);
    expect(here.slack.messages[0]!.text).toContain('Run again `orders`: approved by <@U100>');
    expect(here.slack.messages[0]!.blocks).not.toContain('orc_approve');
    const entries = [];
    for await (const { entry } of readAudit(here.world.database))
      entries.push(JSON.parse(entry) as Record<string, unknown>);
    expect(entries.at(-1)).toMatchObject({
      ...{ who: 'slack:U100', what: 'action.approved', request_id: expect.stringMatching(/^v0=/) as string },
    });
  });

  it('rejects as well', async () => {
    await here.press({ verdict: 'reject', user: 'U200' });
    await here.settle();
    expect(await here.stateOf()).toMatchObject({ state: 'rejected', decidedBy: 'slack:U200' });
    expect(here.slack.messages[0]!.text).toContain('rejected by <@U200>');
  });

  it('is followed by what becomes of it, in the same message', async () => {
    await here.press();
    await here.settle();
    await here.move(1, 'approved', 'calling', 'Airflow is asked');
    await here.settle();
    expect(here.slack.messages[0]!.text).toContain('Airflow is asked');
    await here.move(1, 'calling', 'done', 'Airflow has done it');
    await here.settle();
    expect(here.slack.messages[0]!.text).toMatch(/: done$/);
    expect(here.slack.messages[0]!.blocks).toContain('Approved by <@U100>.');
    await here.world.database.execute('UPDATE action SET helped = true');
    await here.settle();
    expect(here.slack.messages[0]!.text).toContain('done, and it helped');
    const calls = here.slack.calls.length;
    await here.settle();
    expect([here.slack.messages.length, here.slack.calls.length]).toEqual([1, calls]);
  });

  it('is followed by a refusal with its reason', async () => {
    await here.press();
    await here.move(1, 'approved', 'refused', 'the budget of 6 an hour is used up');
    await here.settle();
    expect(here.slack.messages[0]!.text).toContain('Run again `orders`: refused');
    expect(here.slack.messages[0]!.blocks).toContain('The budget of 6 an hour is used up');
  });

  it.each([
    ['another person', { verdict: 'reject', user: 'U200' }],
    ['the same person, otherwise', { verdict: 'reject' }],
    ['the same person again', {}],
  ] as const)('of %s comes too late: nothing changes, and who pressed is told', async (_who, pressing) => {
    await here.press();
    here.world.now += 5;
    expect(await here.pressInVain(pressing)).toBe(
      'Nothing was changed. Run again `orders`: approved by <@U100>.',
    );
    expect(await here.stateOf()).toMatchObject({ state: 'approved', decidedBy: 'slack:U100' });
    expect(here.decided).toBe(1);
  });

  it('of who is no approver changes nothing, and says so to them', async () => {
    expect(await here.pressInVain({ user: 'U999' })).toContain('`U999` is not among the approvers');
    expect((await here.stateOf()).state).toBe('proposed');
  });

  it('on an action that does not exist says so', async () => {
    expect(await here.pressInVain({ value: '77' })).toContain('there is no action `77`');
  });

  it.each([
    ['forged', { secret: 'another' }],
    ['too old', { age: 400 }],
  ])('that is %s changes nothing', async (_what, pressing) => {
    expect((await here.press(pressing)).status).toBe(401);
    expect((await here.stateOf()).state).toBe('proposed');
  });

  it('that is replayed changes nothing', async () => {
    const request = here.signed({});
    expect((await here.send(request)).status).toBe(200);
    await here.world.database.execute(`UPDATE action SET state = 'proposed', decided_by = 'orc'`);
    expect((await here.send(request)).status).toBe(401);
    expect((await here.stateOf()).state).toBe('proposed');
  });

  it('counts although Slack cannot be told why another came too late', async () => {
    await here.press();
    here.slack.mood = 'down';
    here.world.now += 5;
    expect((await here.press({ user: 'U200' })).status).toBe(200);
    expect(await here.stateOf()).toMatchObject({ decidedBy: 'slack:U100' });
  });
});

it('an approver is named by an id of Slack', () => {
  expect(() => here.start({}, { approvers: ['alice'] })).toThrow(
    /expected the id of a person in Slack, such as U024BE7LH/,
  );
});
