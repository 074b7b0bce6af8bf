import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { openBacklog } from '../../../../collector/statsd/listener/udp-backlog.js';
import { listenUdp } from '../../../../collector/statsd/listener/udp-listener.js';
import { fail, UDP } from './support.js';

const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

function bound(port = 0, address = '127.0.0.1'): Promise<Socket> {
  const socket = createSocket('udp4');
  open.push(socket);
  return new Promise((resolve) => {
    socket.bind(port, address, () => {
      resolve(socket);
    });
  });
}

/** Its datagrams are on their way when `send` returns. */
function sender(port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  open.push(socket);
  return new Promise((resolve) => {
    socket.connect(port, '127.0.0.1', () => {
      resolve(socket);
    });
  });
}

describe.runIf(process.platform === 'linux')('the backlog of a UDP socket', () => {
  it('is read in its order, empty datagrams too, until nothing waits', async () => {
    const { port } = (await bound()).address();
    const from = await sender(port);
    const readBacklog = openBacklog(port)!;
    const texts: string[] = [];
    for (const text of ['a:1|c', '', 'b:2|c\nc:3|c']) from.send(text);
    readBacklog((datagram) => texts.push(datagram.toString()));
    expect(texts).toEqual(['a:1|c', '', 'b:2|c\nc:3|c']);
    readBacklog(() => fail(new Error('a datagram was read twice')));
  });

  it('is left to Node where two sockets of this process have the port', async () => {
    const { port } = (await bound()).address();
    await bound(port, '127.0.0.2');
    expect(openBacklog(port)).toBeNull();
  });
});

it('a burst arrives in its order, and whole', async () => {
  const texts: string[] = [];
  let arrived = (): void => undefined;
  const everything = new Promise<void>((resolve) => (arrived = resolve));
  const listener = await listenUdp(UDP, {
    onDatagram: (datagram) => {
      if (texts.push(datagram.toString()) === 200) arrived();
    },
    onError: fail,
  });
  const sent = Array.from({ length: 200 }, (_, index) => `airflow.ti.start.dag_${index}.task:${index}|c`);
  const from = await sender(listener.port!);
  for (const text of sent) from.send(text);
  await everything;
  expect(texts).toEqual(sent);
  await listener.close();
});
