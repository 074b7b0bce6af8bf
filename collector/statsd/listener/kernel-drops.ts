import { readFileSync } from 'node:fs';

/**
 * Datagrams that the system threw away because the receive buffer of a UDP port was full, since the socket was made; null
 * where it does not tell (not Linux).
 */
export function readKernelDrops(port: number): number | null {
  let drops: number | null = null;
  for (const table of ['/proc/self/net/udp', '/proc/self/net/udp6']) {
    try {
      drops = (drops ?? 0) + sumDrops(readFileSync(table, 'latin1'), port);
    } catch {
      // No such table: another system, or no IPv6.
    }
  }
  return drops;
}

/** Sum over the sockets of a port; columns as in https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html and `drops` last. */
export function sumDrops(table: string, port: number): number {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let drops = 0;
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (columns[1]?.endsWith(ending) === true) drops += Number(columns.at(-1));
  }
  return drops;
}
