import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { AppError, errorMessage } from '../../../core/errors.js';
import type { DatagramListener, ListenerEvents } from './datagram-listener.js';
import { openBacklog, type ReadBacklog } from './udp-backlog.js';

/** Node reads no more in one turn of the event loop (libuv, `uv__udp_recvmsg`): when it was as many, others are waiting. */
const MOST_AT_ONCE = 32;

export interface UdpOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Asked for; Linux grants at most `net.core.rmem_max`, and reports twice what it grants. */
  readonly receiveBufferBytes: number;
}

/**
 * Listens for UDP datagrams.
 *
 * @throws AppError `conflict` when the port is taken, `usage` when the address cannot be listened on.
 */
export async function listenUdp(options: UdpOptions, events: ListenerEvents): Promise<DatagramListener> {
  const { host, port, receiveBufferBytes } = options;
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize: receiveBufferBytes });
  let readBacklog: ReadBacklog | null = null;
  let atOnce = 0;
  const onTurnOver = (): void => {
    atOnce = 0;
  };
  socket.on('message', (datagram) => {
    if (++atOnce === 1) setImmediate(onTurnOver);
    events.onDatagram(datagram);
    if (atOnce === MOST_AT_ONCE) readBacklog?.(events.onDatagram);
  });
  await bind(socket, host, port);
  socket.on('error', events.onError);
  const address = socket.address();
  readBacklog = openBacklog(address.port);
  const shown = isIPv6(address.address) ? `[${address.address}]` : address.address;
  return {
    address: `udp://${shown}:${address.port}`,
    port: address.port,
    receiveBufferBytes: socket.getRecvBufferSize(),
    close: () =>
      new Promise((resolve) => {
        socket.close(resolve);
      }),
  };
}

function bind(socket: Socket, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      socket.close();
      reject(listenError(error, host, port));
    };
    socket.once('error', onError);
    // Exclusive: in a cluster worker, Node would share the port otherwise.
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', onError);
      resolve();
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  const place = `UDP ${host}:${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new AppError('conflict', `${place} is taken by another process`, {
        cause: error,
        fix: 'Stop that process, or set another `statsd.port`.',
      });
    case 'EACCES':
      return new AppError('usage', `${place}: this user may not listen on that port`, {
        cause: error,
        fix: 'Set `statsd.port` to 1024 or more.',
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new AppError('usage', `${place}: ${host} is no address of this machine`, {
        cause: error,
        fix: 'Set `statsd.host` to one of its addresses, or 0.0.0.0 for all.',
      });
    default:
      return new AppError('internal', `${place}: ${errorMessage(error)}`, { cause: error });
  }
}
