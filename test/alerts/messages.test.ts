/** What messages look like, and that no name breaks them. */
import { describe, expect, it } from 'vitest';
import type { DagSituation } from '../../alerts/incidents/types.js';
import { cardOf } from '../../alerts/messages/card.js';
import { emailMessage } from '../../alerts/messages/email-message.js';
import { phraseOf, toMrkdwn, toText } from '../../alerts/messages/phrase.js';
import { slackMessage } from '../../alerts/messages/slack-message.js';
import { replyLines } from '../../alerts/messages/reply.js';
import { NOW, ODD_NAME, sketchDag, sketchIncident, sketchSituation } from './sketches.js';

const context = { now: NOW, publicUrl: 'https://orc.example.com', airflowUrl: () => null };
const buttons = { incidentId: 17, snoozeHours: 4 };
const odd = sketchIncident({
  subject: ODD_NAME,
  situation: sketchSituation({
    runId: ODD_NAME,
    task: { taskId: ODD_NAME, risk: 0.6 },
    downstream: [ODD_NAME],
    downstreamAssets: [ODD_NAME],
    nextDeadline: { dagId: ODD_NAME, at: NOW, source: 'configured' },
  }),
});

describe('mrkdwn', () => {
  it('leaves no markup of a name standing', () => {
    expect(toMrkdwn([{ code: ODD_NAME }])).toBe(
      '`fin"ance &lt;b&gt;ˋxˋ&lt;/b&gt; {{ ds }} &amp; &lt;!channel&gt; *bold*`',
    );
    expect(toMrkdwn(['<!here> *x* `y`'])).toBe('&lt;!here&gt; ∗x∗ ˋyˋ');
    expect(toMrkdwn([{ link: 'https://a.example/?q=a|b&c', label: 'a|<b>' }])).toBe(
      '<https://a.example/?q=a%7Cb&amp;c|a/&lt;b&gt;>',
    );
  });

  it('sets ids between backticks as code, and gives up where an id holds one itself', () => {
    expect(toMrkdwn(phraseOf('Task `a` waits for `b`'))).toBe('Task `a` waits for `b`');
    expect(toMrkdwn(phraseOf('Task `a`b` waits'))).toBe('Task ˋaˋbˋ waits');
  });

  it('keeps names on one line', () => {
    expect(toText([{ code: 'a\r\nBcc: b\u2028c\u0000d' }])).toBe('a Bcc: b c d');
  });
});

describe('a Slack message', () => {
  it('keeps to the limits of Block Kit, with a name of any length', () => {
    const long = sketchIncident({
      subject: '🚀'.repeat(400),
      situation: sketchSituation({ reasons: Array.from({ length: 60 }, () => '`<`&'.repeat(60)) }),
    });
    for (const block of slackMessage(cardOf(long, [], context), buttons).blocks) {
      const text = 'text' in block && typeof block.text === 'object' ? block.text.text : '';
      expect(text.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3000);
    }
  });

  it('never calls a channel, whatever a DAG is called', () => {
    const { text, blocks } = slackMessage(cardOf(odd, [], context), buttons);
    const marked = blocks.filter(({ type }) => type !== 'header');
    expect(`${text}${JSON.stringify(marked)}`).not.toMatch(/<!(?!date)/);
    expect(text).toContain('{{ ds }}');
  });

  it('has its buttons only where somebody listens', () => {
    const card = cardOf(sketchIncident(), [], context);
    const actions = slackMessage(card, buttons).blocks.at(-1)!;
    expect(JSON.stringify(actions).match(/"action_id":"(\w+)"/g)).toHaveLength(4);
    expect(JSON.stringify(slackMessage(card, null))).not.toContain('action_id');
  });

  it('links only to web addresses', () => {
    const alert = {
      fingerprint: 'f',
      labels: {},
      annotations: { runbook_url: 'javascript:alert(1)', dashboard_url: 'https://g.example/d/1' },
      startsAt: NOW,
      resolvedAt: null,
      receivedAt: NOW,
    };
    const badLog = { ...sketchDag().lastFailure!, logUrl: 'javascript:alert(1)' };
    const labels = (situation = sketchSituation()): string[] =>
      cardOf(sketchIncident({ situation }), [alert], context).links.map(({ label }) => label);
    expect(labels()).toEqual(['Log', 'ORC', 'Dashboard']);
    expect(labels(sketchSituation({ lastFailure: badLog }))).toEqual(['ORC', 'Dashboard']);
  });
});

it('what hardly has a history of its own is told to rest on thin evidence', () => {
  const told = (isThin?: boolean) => {
    const change: Partial<DagSituation> = isThin === undefined ? {} : { isThin };
    return emailMessage(cardOf(sketchIncident({ situation: sketchSituation(change) }), [], context)).text;
  };
  expect(told(true)).toContain('Thin evidence: it has hardly a history of its own yet');
  expect(told(false)).not.toContain('Thin evidence');
  expect(told()).toBe(told(false));
});

describe('the failure that is told', () => {
  const failed = (change: Parameters<typeof sketchDag>[0] = {}) =>
    sketchIncident({ phase: 'failed', situation: sketchSituation(change) });
  const said = (incident: ReturnType<typeof failed>): string =>
    JSON.stringify([
      cardOf(incident, [], context),
      replyLines(incident, { id: 1, at: NOW, what: 'failed', detail: {} }),
    ]);
  const before = { ...sketchDag().lastFailure!, isRecent: false };

  it('is the one whose log was read', () => {
    expect(said(failed())).toContain('connection refused');
    expect(said(failed())).toContain('try_number=2');
  });

  it('is never an earlier one while the log of this one is not read yet', () => {
    expect(said(failed({ lastFailure: before }))).not.toMatch(/connection refused|try_number/);
  });
});

it('what waits is told with the assets that it waits for and the deadline that comes first', () => {
  const { text, html } = emailMessage(cardOf(sketchIncident(), [], context));
  const blocks = JSON.stringify(slackMessage(cardOf(sketchIncident(), [], context), null).blocks);
  expect(text).toContain(
    'Waiting for it: finance_report, board_pack\nThrough assets: s3://finance/ledger\nNext deadline: board_pack 2026-11-25 14:00 UTC (learnt)',
  );
  for (const channel of [html, blocks])
    expect(channel).toMatch(
      /finance_report.*board_pack.*Through assets.*s3:\/\/finance\/ledger.*Next deadline.*board_pack.*14:00 UTC.*learnt/s,
    );
  const kept = Object.fromEntries(
    Object.entries(sketchDag()).filter(([name]) => !['downstreamAssets', 'nextDeadline'].includes(name)),
  ) as unknown as DagSituation;
  const earlier = sketchIncident({ situation: { dag: kept, pool: null, atRisk: [] } });
  expect(cardOf(earlier, [], context).others).toMatchObject({
    names: ['finance_report', 'board_pack'],
    notes: [],
  });
});

it('an e-mail says the same as text and as HTML', () => {
  const { subject, text, html } = emailMessage(cardOf(sketchIncident(), [], context));
  expect(subject).toBe('[ORC] finance is at risk of failing');
  for (const said of [
    '72%',
    '6.0 times its usual 12%',
    'failed in 3 of its last 5 runs',
    'board_pack',
    'Try',
  ]) {
    expect(text).toContain(said);
    expect(html).toContain(said);
  }
  expect(html).not.toMatch(/<script|https?:\/\/(?!(?:orc|airflow)\.example)/);
});
