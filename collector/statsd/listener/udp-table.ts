/** What Linux tells of UDP sockets: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html, with `drops` as the last column. */
import { readFileSync } from 'node:fs';

export interface UdpSocketRow {
  readonly inode: string;
  /** Datagrams that the system threw away because the receive buffer was full, since the socket was made. */
  readonly drops: number;
}

/** The sockets that are bound to a port, at any address; null where the system does not tell (not Linux). */
export function readUdpSockets(port: number): UdpSocketRow[] | null {
  let rows: UdpSocketRow[] | null = null;
  for (const table of ['/proc/self/net/udp', '/proc/self/net/udp6']) {
    try {
      rows = [...(rows ?? []), ...parseUdpTable(readFileSync(table, 'latin1'), port)];
    } catch {
      // No such table: another system, or no IPv6.
    }
  }
  return rows;
}

/** The drops of all sockets of a port; null where the system does not tell. */
export function readKernelDrops(port: number): number | null {
  return readUdpSockets(port)?.reduce((sum, { drops }) => sum + drops, 0) ?? null;
}

/** The rows of one table whose local port it is. */
export function parseUdpTable(table: string, port: number): UdpSocketRow[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(ending) === true)
    .map((columns) => ({ inode: columns[9]!, drops: Number(columns.at(-1)) }));
}
