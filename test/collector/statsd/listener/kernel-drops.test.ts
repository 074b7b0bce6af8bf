import { describe, expect, it } from 'vitest';
import { sumDrops } from '../../../../collector/statsd/listener/kernel-drops.js';

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1234: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 28318 2 0000000000000000 17
 1235: 00000000:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 28319 2 0000000000000000 2
 1236: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 28320 2 0000000000000000 99
`;

describe('sumDrops', () => {
  it('adds the drops of the sockets of the port', () => {
    expect(sumDrops(TABLE, 8125)).toBe(19);
    expect(sumDrops(TABLE, 53)).toBe(99);
    expect(sumDrops(TABLE, 9)).toBe(0);
    expect(sumDrops('', 9)).toBe(0);
  });
});
