import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SlowConnection {
  readonly port: number;
  /** Added to every piece that the server sends; may be changed at any time. */
  delayMs: number;
  stop(): Promise<void>;
}

/** Passes TCP connections on to a port of loopback, and what comes back late: work then lasts long enough to be interrupted. */
export async function startSlowConnection(targetPort: number, delayMs: number): Promise<SlowConnection> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const target = keep(connect(targetPort, '127.0.0.1'));
    keep(client).pipe(target);
    client.once('close', () => target.destroy());
    target.once('close', () => client.end());
    target.on('data', (piece: Buffer) => {
      target.pause();
      setTimeout(() => {
        client.write(piece);
        target.resume();
      }, slow.delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const slow: SlowConnection = {
    port: (server.address() as AddressInfo).port,
    delayMs,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
  return slow;
}
