import { describe, expect, it } from 'vitest';
import { parseUdpTable } from '../../../../collector/statsd/listener/udp-table.js';

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1234: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 28318 2 0000000000000000 17
 1235: 00000000:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 28319 2 0000000000000000 2
 1236: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 28320 2 0000000000000000 99
`;

describe('parseUdpTable', () => {
  it('tells inode and drops of the sockets of the port', () => {
    expect(parseUdpTable(TABLE, 8125)).toEqual([
      { inode: '28318', drops: 17 },
      { inode: '28319', drops: 2 },
    ]);
    expect(parseUdpTable(TABLE, 53)).toEqual([{ inode: '28320', drops: 99 }]);
    expect(parseUdpTable(TABLE, 9)).toEqual([]);
    expect(parseUdpTable('', 9)).toEqual([]);
  });
});
