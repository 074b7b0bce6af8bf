import { createServer, type AddressInfo, type Server } from 'node:net';
import { AppError, errorMessage } from '../../core/errors.js';

/** @throws AppError `conflict` when the port is taken, `usage` when the address is not one of this machine's */
export function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const at = `${host}:${port}`;
      if (error.code === 'EADDRINUSE') {
        const fix = 'Stop the other process, or choose another port: --port, ORC_SERVER_PORT or server.port.';
        reject(new AppError('conflict', `Port ${port} on ${host} is taken.`, { cause: error, fix }));
      } else if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EACCES') {
        const fix =
          'Name an address of this machine and a free port above 1023: server.host and server.port.';
        reject(
          new AppError('usage', `Cannot listen on ${at}: ${errorMessage(error)}.`, { cause: error, fix }),
        );
      } else reject(error);
    });
    server.listen({ host, port }, resolve);
  });
}

/** The address of a listening server, such as `http://127.0.0.1:9810`. */
export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/**
 * Listens for a moment, without answering, to find out whether that is possible.
 *
 * @returns the address that it got
 * @throws AppError as {@link listenOn}
 */
export async function tryToListen(host: string, port: number): Promise<string> {
  const server = createServer((socket) => socket.destroy());
  await listenOn(server, host, port);
  const url = urlOf(server);
  await new Promise((resolve) => server.close(resolve));
  return url;
}
