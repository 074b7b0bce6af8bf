import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../core/clock.js';
import {
  startIntakeService,
  type IntakeService,
  type IntakeServiceOptions,
} from '../../../../collector/statsd/listener/intake-service.js';
import type { DgramSocket } from '../../../../collector/statsd/listener/unix-listener.js';
import { startListener } from '../../../../collector/statsd/listener/start-listener.js';
import { fail, OPTIONS, sendUdp, UDP, Windows } from './support.js';

const open: IntakeService[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((service) => service.close()));
});

async function start(
  windows: Windows,
  options: Partial<IntakeServiceOptions> = {},
  run: typeof startListener = (all, events) => startIntakeService(all, events, systemClock),
): Promise<IntakeService> {
  const service = await run(
    { ...OPTIONS, ...options },
    { onWindow: windows.onWindow, onError: fail, onDeath: fail },
  );
  open.push(service);
  return service;
}

const failures = Array.from({ length: 20 }, () => 'airflow.ti_failures:1|c');

const ROUNDS = 20;

describe.each([
  ['in this thread', undefined],
  ['in a thread of its own', startListener],
])('the listener %s', (_name, run) => {
  it('hands over everything it received, in windows that end at multiples of their length', async () => {
    const windows = new Windows();
    const service = await start(windows, {}, run);
    expect(service.address).toMatch(/^udp:\/\/127\.0\.0\.1:\d+$/);
    expect(service.receiveBufferBytes).toBeGreaterThan(0);
    await sendUdp(service.address, ...failures);
    await windows.until(() => windows.sum('ti_failures') === 20);
    const { end, counts } = windows.all.at(-1)!;
    expect(counts).toMatchObject({ packets: 20, samples: 20, parseErrors: 0, forwardFailures: 0 });
    expect(Math.abs(end / 0.05 - Math.round(end / 0.05))).toBeLessThan(1e-3);
  });

  it('finds every good datagram among a flood of garbage', async () => {
    const windows = new Windows();
    const service = await start(windows, {}, run);
    const garbage = [
      '',
      '|',
      ':::',
      'a:b|c',
      '\u{0}\u{ff}',
      'x'.repeat(8000),
      'a:1|c|@x|#',
      '{"json": true}',
    ];
    // Each round is taken before the next is sent: the receive buffer never overflows.
    for (let round = 1; round <= ROUNDS; round++) {
      await sendUdp(service.address, ...garbage, 'airflow.ti_failures:1|c');
      await windows.until(() => windows.all.at(-1)?.counts.packets === round * (garbage.length + 1));
    }
    expect(windows.sum('ti_failures')).toBe(ROUNDS);
    const { counts, series } = windows.all.at(-1)!;
    expect(counts.samples).toBe(ROUNDS);
    expect(counts.parseErrors).toBeGreaterThanOrEqual(ROUNDS * (garbage.length - 1));
    expect(series).toBe(1);
  });

  it('hands over the open window when it closes', async () => {
    const windows = new Windows();
    const service = await start(windows, { windowSeconds: 86_400 }, run);
    service.know({ dags: [{ dagId: 'a.b', taskIds: ['c.d'] }], pools: [] }, '3.2.1');
    await sendUdp(service.address, 'airflow.ti.start.a.b.c.d:1|c');
    await open.pop()!.close();
    // The kernel hands a datagram over loopback before the sender's callback, but the socket may close before it is read.
    expect(windows.all).toHaveLength(1);
  });

  it('says that the port is taken', async () => {
    const service = await start(new Windows(), {}, run);
    const port = Number(new URL(service.address).port);
    await expect(start(new Windows(), { listen: { ...UDP, port } }, run)).rejects.toMatchObject({
      code: 'conflict',
      message: `UDP 127.0.0.1:${port} is taken by another process`,
    });
  });

  it('says that the address is not of this machine', async () => {
    // TEST-NET-1 of RFC 5737.
    await expect(start(new Windows(), { listen: { ...UDP, host: '192.0.2.1' } }, run)).rejects.toMatchObject({
      code: 'usage',
      fix: expect.stringContaining('statsd.host') as string,
    });
  });
});

describe('known names', () => {
  it('are used from the moment they are told', async () => {
    const windows = new Windows();
    const service = await start(windows);
    service.know({ dags: [{ dagId: 'a.b', taskIds: ['c.d'] }], pools: [] }, '3.2.1');
    await sendUdp(service.address, 'airflow.ti.start.a.b.c.d:1|c');
    await windows.until(() => windows.sum('ti_start') === 1);
    const observation = windows.all.flatMap((w) => w.observations).find(({ name }) => name === 'ti_start');
    expect(observation?.labels).toMatchObject({ dagId: 'a.b', taskId: 'c.d' });
  });
});

describe('forwarding', () => {
  it('sends the raw datagrams on, also those that cannot be read', async () => {
    const receiver = createSocket('udp4').bind(0, '127.0.0.1');
    await once(receiver, 'listening');
    const received: string[] = [];
    const all = new Promise<void>((resolve) => {
      receiver.on('message', (datagram) => {
        received.push(datagram.toString());
        if (received.at(-1) === 'end') resolve();
      });
    });
    const windows = new Windows();
    const service = await start(windows, {
      forwardTo: { host: '127.0.0.1', port: receiver.address().port },
    });
    // The forwarder looks its host up first; until then datagrams are counted as failed.
    for (;;) {
      await sendUdp(service.address, 'warm-up');
      await windows.until((w) => w.all.length > 0);
      if (received.length > 0) break;
    }
    received.length = 0;
    await sendUdp(service.address, 'airflow.a:1|c\nairflow.b:2|g', '\0junk', 'end');
    await all;
    expect(received.filter((text) => text !== 'warm-up')).toEqual([
      'airflow.a:1|c\nairflow.b:2|g',
      '\0junk',
      'end',
    ]);
    receiver.close();
  });

  it('to nobody is counted and does not disturb', async () => {
    const closed = createSocket('udp4').bind(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address();
    closed.close();
    const windows = new Windows();
    const service = await start(windows, { forwardTo: { host: '127.0.0.1', port } });
    await windows.until((w) => w.all.length > 0);
    let sent = 0;
    while ((windows.all.at(-1)?.counts.forwardFailures ?? 0) === 0) {
      await sendUdp(service.address, 'airflow.ti_failures:1|c');
      sent++;
      const before = windows.all.length;
      await windows.until((w) => w.all.length > before);
    }
    await windows.until((w) => w.sum('ti_failures') === sent);
  });
});

// Native code that a plain `npm ci` does not bring (docs/statsd.md).
const PACKAGE = 'node-unix-socket';
const installed = (await import(PACKAGE).catch(() => null)) as {
  DgramSocket: new () => DgramSocket;
} | null;

describe.skipIf(installed === null)('a Unix datagram socket', () => {
  const { DgramSocket } = installed ?? {};

  const folder = mkdtempSync(join(tmpdir(), 'orc-statsd-'));
  const path = join(folder, 'statsd.sock');
  const listen = { path, receiveBufferBytes: 1 << 20 };

  function sendUnix(...datagrams: readonly string[]): void {
    const socket = new DgramSocket!();
    for (const datagram of datagrams) {
      const bytes = Buffer.from(datagram);
      socket.sendTo(bytes, 0, bytes.length, path);
    }
    socket.close();
  }

  it.each([
    ['in this thread', undefined],
    ['in a thread of its own', startListener],
  ])('receives %s, lets other users send, and leaves no file behind', async (_name, run) => {
    const windows = new Windows();
    const service = await start(windows, { listen }, run);
    expect(service.address).toBe(`unix:${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o722);
    sendUnix(...failures.slice(0, 8));
    await windows.until(() => windows.sum('ti_failures') === 8);
    await open.pop()!.close();
    expect(existsSync(path)).toBe(false);
  });

  it('is taken while somebody listens, and replaces what a crash left', async () => {
    await start(new Windows(), { listen });
    await expect(start(new Windows(), { listen })).rejects.toMatchObject({
      code: 'conflict',
      message: `${path} is listened on by another process`,
    });
    await open.pop()!.close();
    const crashed = new DgramSocket!();
    crashed.bind(path);
    crashed.close();
    expect(existsSync(path)).toBe(true);
    const windows = new Windows();
    await start(windows, { listen });
    sendUnix('airflow.ti_failures:1|c');
    await windows.until(() => windows.sum('ti_failures') === 1);
  });

  it('never replaces a file, nor goes where it cannot', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    await expect(
      start(new Windows(), { listen: { path: file, receiveBufferBytes: 1 } }),
    ).rejects.toMatchObject({ code: 'conflict', message: `${file} exists and is no socket` });
    await expect(
      start(new Windows(), { listen: { path: join(folder, 'none/s.sock'), receiveBufferBytes: 1 } }),
    ).rejects.toMatchObject({ code: 'usage' });
    chmodSync(folder, 0o700);
    rmSync(file);
  });
});
