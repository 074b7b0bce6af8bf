const MIB = 1024 * 1024;

/** Values of `postgresql.conf`, by name. */
export type ServerSettings = Readonly<Record<string, string>>;

/**
 * Settings of the private server, for a laptop that it shares with ORC and whatever else runs there.
 *
 * - `synchronous_commit` off: a crash of the machine may lose the last commits (about half a second), never consistency,
 *   and what it loses can be collected again, since a watermark commits together with its facts. A crash of ORC alone
 *   loses nothing. Whoever acts on the outside world turns it on for that transaction.
 * - `wal_level` minimal: nobody replicates from here; COPY into a table made in the same transaction skips the log.
 * - no parallel query: one core belongs to ORC itself, and containers give parallel workers 64 MB of shared memory.
 * - `random_page_cost` for solid-state disks.
 *
 * @param totalMemory bytes of the machine
 */
export function serverSettings(totalMemory: number): ServerSettings {
  const sharedBuffersMib = Math.min(256, Math.max(64, Math.floor(totalMemory / MIB / 16)));
  const cacheMib = Math.max(128, Math.floor(totalMemory / MIB / 4));
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: `${sharedBuffersMib}MB`,
    effective_cache_size: `${cacheMib}MB`,
    work_mem: '64MB',
    maintenance_work_mem: '128MB',
    max_parallel_workers_per_gather: '0',
    jit: 'off',
    random_page_cost: '1.1',
    synchronous_commit: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    min_wal_size: '80MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%a ',
    timezone: 'UTC',
  };
}

/** The same as arguments of `postgres`. */
export function settingArguments(settings: ServerSettings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
