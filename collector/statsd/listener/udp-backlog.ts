import { readdirSync, readlinkSync, readSync } from 'node:fs';
import { readUdpSockets } from './udp-table.js';

/** The largest datagram. */
const MAX_BYTES = 65_536;
/** Read at once at most, about 2 ms: timers and commands wait meanwhile. */
const MAX_DATAGRAMS = 1000;

/** Reads what waits in a socket, oldest first. The bytes of a datagram are valid during its call only. */
export type ReadBacklog = (onDatagram: (datagram: Buffer) => void) => void;

/**
 * Reads datagrams by `read(2)` from the descriptor of a socket of this process, for which Node makes neither a buffer nor an address
 * nor a callback for each: under a flood that is half of what a datagram costs. Null where the descriptor is not to be found: on
 * other systems than Linux, and when this process has several sockets at that port.
 *
 * @param port of a UDP socket that Node has made non-blocking; the reader must not be used once it is closed
 */
export function openBacklog(port: number): ReadBacklog | null {
  const descriptor = findDescriptor(port);
  if (descriptor === null) return null;
  const bytes = Buffer.allocUnsafe(MAX_BYTES);
  /** Bytes of the next datagram; null when none waits. */
  const take = (): number | null => {
    try {
      return readSync(descriptor, bytes, 0, MAX_BYTES, null);
    } catch {
      // `EAGAIN`: nothing waits. Whatever else it may be, Node meets it too, at its own next reading.
      return null;
    }
  };
  return (onDatagram) => {
    for (let read = 0; read < MAX_DATAGRAMS; read++) {
      const length = take();
      if (length === null) return;
      onDatagram(bytes.subarray(0, length));
    }
  };
}

function findDescriptor(port: number): number | null {
  const links = new Set(readUdpSockets(port)?.map(({ inode }) => `socket:[${inode}]`));
  if (links.size === 0) return null;
  try {
    const found = readdirSync('/proc/self/fd').filter((descriptor) => links.has(targetOf(descriptor)));
    return found.length === 1 ? Number(found[0]) : null;
  } catch {
    // A process that may not be looked into, not even by itself.
    return null;
  }
}

function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The descriptor of the listing itself, gone by now.
    return '';
  }
}
