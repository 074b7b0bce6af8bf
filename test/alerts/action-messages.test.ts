/** Actions in Slack: what is told of them, to whom and when. */
import { describe, expect, it } from 'vitest';
import { addPoolRow } from '../actions/ledger/rows.js';
import { useActionWorld } from './action-world.js';
import { delivery, NOW, ODD_NAME } from './sketches.js';

const here = useActionWorld();

describe('an action that waits', () => {
  it('is told once, with what it is about and buttons, where nobody was warned of it', async () => {
    await here.propose({ dagId: ODD_NAME, runId: ODD_NAME });
    await here.settle();
    await here.settle();
    expect(here.slack.messages).toHaveLength(1);
    const { text, blocks, channel, threadTs } = here.slack.messages[0]!;
    expect([channel, threadTs]).toEqual(['CDATA-ALERTS', null]);
    expect(text).toContain(
      'Run again `fin"ance &lt;b&gt;ˋxˋ&lt;/b&gt; {{ ds }} &amp; &lt;!channel&gt; *bold*`: waits for a decision',
    );
    for (const part of [
      'orc_approve',
      'orc_reject',
      '"value":"1"',
      'If approved it is called',
      'Its failure may have passed',
    ])
      expect(blocks).toContain(part);
    expect(text).not.toContain('<!channel>');
  });

  it('is told to its team', async () => {
    await here.propose({ dagId: 'finance_daily' });
    await here.settle();
    expect(here.slack.messages.map(({ channel }) => channel)).toEqual(['CFINANCE']);
  });

  it('is told in the thread of its incident, and to the channel, once that has a message', async () => {
    await here.notifications.takeDelivery(delivery({ dagId: 'orders' }));
    await here.settle();
    await here.propose();
    await here.settle();
    const message = here.slack.messages.at(-1)!;
    expect(message.text).toContain('waits for a decision');
    expect(message.threadTs).toBe(here.slack.roots[0]!.ts);
    expect(here.slack.calls.at(-1)!.body).toMatchObject({ reply_broadcast: 'true' });
  });

  it('on a pool is told, too', async () => {
    await addPoolRow(here.world.database, NOW, 'etl');
    await here.settle();
    expect(here.slack.messages[0]!.text).toContain('Resize pool `etl`: waits for a decision');
  });

  it('is not told when it was decided before, nor what needs no person', async () => {
    await here.propose({ state: 'shadowed' });
    await here.propose({ runId: 'r2' });
    here.slack.mood = 'down';
    await here.notifications.work();
    await here.move(2, 'proposed', 'refused');
    here.slack.mood = 'ok';
    here.world.now += 600;
    await here.settle();
    expect(here.slack.messages).toHaveLength(0);
  });

  it('waits for Slack, and is told once although an answer was lost', async () => {
    await here.propose();
    here.slack.swallowNext = true;
    await here.notifications.work();
    here.world.now += 600;
    await here.settle();
    expect(here.slack.messages).toHaveLength(1);
    await here.press();
    await here.settle();
    expect(here.slack.messages[0]!.text).toContain('approved by <@U100>');
  });

  it('waits while nobody is to be disturbed', async () => {
    const quiet = here.start({ quiet_hours: { from: '11:00', to: '13:00' } });
    await here.propose();
    await here.world.settle(quiet);
    expect(here.slack.messages).toHaveLength(0);
    here.world.now = NOW + 3601;
    await here.world.settle(quiet);
    expect(here.slack.messages).toHaveLength(1);
  });

  it('leaves a channel readable: ten wait in it at most, the next follows when one is decided', async () => {
    for (let n = 1; n <= 12; n++) await here.propose({ runId: `r${n}` });
    await here.settle();
    expect(here.slack.messages).toHaveLength(10);
    await here.press();
    await here.settle();
    expect(here.slack.messages).toHaveLength(11);
    expect(here.slack.messages.at(-1)!.blocks).toContain('`r11`');
  });

  it.each([
    ['without approvers', { approvers: [] }],
    ['without a signing secret', { signing_secret: null }],
  ])('has no buttons %s, and says what to do instead', async (_what, slackMore) => {
    await here.propose();
    await here.world.settle(here.start({}, slackMore));
    expect(here.slack.messages[0]!.blocks).not.toContain('orc_approve');
    expect(here.slack.messages[0]!.blocks).toContain('`orc actions approve 1`');
  });

  it('is printed in a dry run', async () => {
    await here.propose();
    await here.world.settle(here.start({ dry_run: true }));
    expect(here.slack.calls).toHaveLength(0);
    expect(here.world.printed.join('\n')).toContain('Run again orders: waits for a decision');
  });
});
