/**
 * Unix datagram sockets, which Node does not have. `node-unix-socket` is the user's to install, because it is native code:
 * it comes compiled for Linux (glibc and musl) and macOS, and is loaded only when a socket path is configured.
 */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { EventEmitter } from 'node:events';
import { AppError, errorMessage } from '../../../core/errors.js';
import type { DatagramListener, ListenerEvents } from './datagram-listener.js';

/** What is used of the package, which is not installed with ORC. */
export interface DgramSocket extends EventEmitter {
  bind(path: string): void;
  sendTo(
    bytes: Buffer,
    offset: number,
    length: number,
    path: string,
    done?: (error?: Error | null) => void,
  ): void;
  getRecvBufferSize(): number;
  setRecvBufferSize(bytes: number): void;
  close(): void;
}
type DgramSocketClass = new () => DgramSocket;

/** A variable, because the compiler must not look for what may be absent. */
const PACKAGE = 'node-unix-socket';

/** Airflow runs as another user: everyone who can enter the folder may send, as with Datadog's agent. */
const SOCKET_MODE = 0o722;

/**
 * Listens on a Unix datagram socket; a socket file left behind by a crash is replaced.
 *
 * @throws AppError `conflict` when somebody listens there or the path is no socket, `usage` when it cannot be made or this
 * platform has no such sockets.
 */
export async function listenUnix(
  options: { readonly path: string; readonly receiveBufferBytes: number },
  events: ListenerEvents,
): Promise<DatagramListener> {
  const { path, receiveBufferBytes } = options;
  const Socket = await loadSocketClass();
  await removeStale(path, Socket);
  const socket = new Socket();
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
    socket.on('data', events.onDatagram);
    socket.on('error', events.onError);
    socket.bind(path);
    chmodSync(path, SOCKET_MODE);
  } catch (error) {
    socket.close();
    throw new AppError('usage', `${path}: no socket can be made there (${errorMessage(error)})`, {
      cause: error,
      fix: 'Set `statsd.socket_path` to a path of at most 107 bytes in a folder that this user can write to.',
    });
  }
  return {
    address: `unix:${path}`,
    port: null,
    receiveBufferBytes: socket.getRecvBufferSize(),
    close: () => {
      const closed = new Promise<void>((resolve) => socket.once('close', resolve));
      socket.close();
      removeFile(path);
      return closed;
    },
  };
}

async function loadSocketClass(): Promise<DgramSocketClass> {
  try {
    return ((await import(PACKAGE)) as { DgramSocket: DgramSocketClass }).DgramSocket;
  } catch (error) {
    throw new AppError(
      'usage',
      'Unix datagram sockets need the package node-unix-socket, which is not installed here or not made for this platform',
      {
        cause: error,
        fix: 'Install it beside orc-ai (npm install node-unix-socket), or use `statsd.port` instead of `statsd.socket_path`.',
      },
    );
  }
}

async function removeStale(path: string, Socket: DgramSocketClass): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new AppError('conflict', `${path} exists and is no socket`, {
      fix: 'Remove it, or set another `statsd.socket_path`.',
    });
  }
  if (await hasListener(path, Socket)) {
    throw new AppError('conflict', `${path} is listened on by another process`, {
      fix: 'Stop that process, or set another `statsd.socket_path`.',
    });
  }
  removeFile(path);
}

/** Sends an empty datagram: only a socket that somebody has open takes it. */
function hasListener(path: string, Socket: DgramSocketClass): Promise<boolean> {
  const probe = new Socket();
  return new Promise((resolve) => {
    probe.sendTo(Buffer.alloc(0), 0, 0, path, (error?: Error | null) => {
      probe.close();
      resolve(error === undefined || error === null);
    });
  });
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already, or the folder has become unwritable: the next start finds it stale.
  }
}
