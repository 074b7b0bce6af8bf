/** Deliveries to e-mail, on a real SMTP server on this machine. */
import { SMTPServer } from 'smtp-server';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Notifications } from '../../alerts/index.js';
import { useWorld } from './harness.js';
import { delivery, ODD_NAME } from './sketches.js';

const here = useWorld();
const mails: { to: string[]; raw: string }[] = [];
let refuse: { code: number; message: string } | null = null;
let server: SMTPServer;
let notifications: Notifications;

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refuse !== null) {
          done(Object.assign(new Error(refuse.message), { responseCode: refuse.code }));
          return;
        }
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, raw: Buffer.concat(chunks).toString('utf8') });
        done(null);
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(async () => {
  await new Promise<void>((resolve) => {
    server.close(resolve);
  });
});
beforeEach(async () => {
  await here.world.forget();
  refuse = null;
  mails.length = 0;
  const { port } = server.server.address() as AddressInfo;
  notifications = here.world.start({
    email: {
      host: '127.0.0.1',
      port,
      encryption: 'none',
      from: 'orc@example.com',
      to: ['data@example.com', 'on-call@example.com'],
    },
    teams: [{ name: 'finance', email_to: ['finance@example.com'] }],
  });
});

const header = (raw: string, name: string): string =>
  new RegExp(`^${name}: ((?:.|\r\n[ \t])*)`, 'm').exec(raw)?.[1]?.replace(/\r\n[ \t]+/g, ' ') ?? '';

/** Quoted-printable of MIME, decoded. */
function decoded(raw: string): string {
  const bytes = raw
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

it('sends one e-mail with text and HTML, and answers it when the run failed and when it is over', async () => {
  const { world } = here;
  await notifications.takeDelivery(delivery({}));
  await world.settle(notifications);
  expect(mails).toHaveLength(1);
  const [first] = mails;
  expect(first!.to).toEqual(['data@example.com', 'on-call@example.com']);
  expect(header(first!.raw, 'Subject')).toBe('[ORC] finance is at risk of failing');
  expect(first!.raw).toContain('Content-Type: text/plain');
  expect(first!.raw).toContain('Content-Type: text/html');
  const text = decoded(first!.raw);
  expect(text).toContain('- Task load failed in 3 of its last 5 runs');
  expect(text).toContain('https://airflow.example.com/dags/finance');

  await notifications.takeDelivery(delivery({ alertname: 'OrcDagFailed', severity: 'critical' }));
  await world.settle(notifications);
  await notifications.takeDelivery(
    delivery({ status: 'resolved' }, { alertname: 'OrcDagFailed', status: 'resolved' }),
  );
  world.runEnds = [{ runId: 'next', failed: false, endedAt: world.now }];
  await world.settle(notifications);
  const replies = mails.slice(1);
  expect(replies.map(({ raw }) => header(raw, 'Subject'))).toEqual([
    'Re: [ORC] finance failed',
    'Re: [ORC] finance failed and has recovered',
  ]);
  const id = header(first!.raw, 'Message-ID');
  expect(id).toMatch(/^<orc\.\d+\.\d+@example\.com>$/);
  expect(replies.every(({ raw }) => header(raw, 'In-Reply-To') === id)).toBe(true);
});

it('sends no e-mail for a risk that moves', async () => {
  const { world } = here;
  await notifications.takeDelivery(delivery({}));
  await world.settle(notifications);
  world.situation = { ...world.situation!, dag: { ...world.situation!.dag!, risk: 0.95 } };
  world.now += 600;
  await world.settle(notifications);
  expect(mails).toHaveLength(1);
});

it('sends a team its own', async () => {
  await notifications.takeDelivery(delivery({ team: 'finance' }));
  await here.world.settle(notifications);
  expect(mails.map(({ to }) => to)).toEqual([['finance@example.com']]);
});

it.each([
  [550, 'No such user'],
  [451, 'Try again later'],
])('keeps an e-mail that the server refuses with %i, and sends it later', async (code, message) => {
  const { world } = here;
  refuse = { code, message };
  await notifications.takeDelivery(delivery({}));
  await notifications.work();
  expect(mails).toHaveLength(0);
  const [row] = await world.database.query<{ last_error: string }>('SELECT last_error FROM notification');
  expect(row!.last_error).toContain(message);
  refuse = null;
  world.now += 400;
  await world.settle(notifications);
  expect(mails).toHaveLength(1);
});

it('keeps a name with markup and line breaks on its line in the subject, and escapes it in HTML', async () => {
  const name = `${ODD_NAME}\r\nBcc: thief@example.com`;
  await notifications.takeDelivery(delivery({ dagId: name, fingerprint: 'odd' }));
  await here.world.settle(notifications);
  expect(mails[0]!.to).toEqual(['data@example.com', 'on-call@example.com']);
  expect(header(mails[0]!.raw, 'Bcc')).toBe('');
  const text = decoded(mails[0]!.raw);
  expect(text).toContain(
    'fin&#34;ance &#60;b&#62;&#96;x&#96;&#60;/b&#62; {{ ds }} &#38; &#60;!channel&#62; *bold*',
  );
  expect(text.slice(text.indexOf('<!doctype html>'))).not.toContain('<b>`x`');
});
