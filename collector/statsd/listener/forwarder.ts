/** Sends every datagram on as it came, so that ORC can stand in front of statsd_exporter or another receiver. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Forwarder {
  /** The bytes are copied. */
  forward(datagram: Buffer): void;
  /** Datagrams that could not be sent, since the start. */
  readonly failed: number;
  close(): Promise<void>;
}

/** Datagrams that wait for the system's send buffer; beyond it they are dropped and counted. */
const MAX_QUEUED = 1000;

/** A receiver in Kubernetes moves to other addresses. */
const LOOKUP_SECONDS = 60;

/** Starts at once; while the host name cannot be found, datagrams are counted as failed. */
export function createForwarder({ host, port }: Endpoint): Forwarder {
  let socket: Socket | null = null;
  let address: string | null = null;
  let failed = 0;
  let isClosed = false;

  const refresh = async (): Promise<void> => {
    const found = await lookup(host).catch(() => null);
    if (found === null || found.address === address || isClosed) return;
    address = found.address;
    const next = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    // A closed port at the other end is told at a later send.
    next.on('error', () => failed++);
    next.connect(port, address, () => {
      if (isClosed) next.close();
      else {
        socket?.close();
        socket = next;
      }
    });
  };
  const looking = refresh();
  const timer = setInterval(() => void refresh(), LOOKUP_SECONDS * 1000);

  return {
    get failed() {
      return failed;
    },
    forward(datagram) {
      if (socket === null || socket.getSendQueueCount() >= MAX_QUEUED) failed++;
      // A copy: it may have to wait.
      else socket.send(Buffer.from(datagram));
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await looking;
      socket?.close();
      socket = null;
    },
  };
}
