import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface DatabaseGate {
  readonly port: number;
  /** Breaks every connection and refuses new ones. */
  shut(): void;
  open(): void;
  stop(): Promise<void>;
}

/** A TCP proxy on loopback in front of a PostgreSQL, to take it away for a while. */
export async function startDatabaseGate(targetPort: number): Promise<DatabaseGate> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((incoming) => {
    if (!isOpen) {
      incoming.destroy();
      return;
    }
    const outgoing = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    shut: () => {
      isOpen = false;
      breakAll();
    },
    open: () => {
      isOpen = true;
    },
    stop: () =>
      new Promise((resolve) => {
        breakAll();
        server.close(() => {
          resolve();
        });
      }),
  };
}
