const SERVER_INSTEAD = 'set database_url to a PostgreSQL server';

const HINTS: readonly (readonly [RegExp, (folder: string) => string])[] = [
  [
    /lock file .* is empty/i,
    (folder) => `Make sure that no postgres runs in ${folder}, then remove ${folder}/data/postmaster.pid.`,
  ],
  [/No space left on device|disk full/i, (folder) => `Free some disk space for ${folder}.`],
  [/Disk quota exceeded/i, (folder) => `Raise the disk quota for ${folder}.`],
  [/Read-only file system/i, (folder) => `Make ${folder} writable, or name another --data-dir.`],
  [
    /could not look up effective user ID/i,
    () => `Run orc as a user that has an entry in /etc/passwd, or ${SERVER_INSTEAD}.`,
  ],
  [
    /invalid permissions|could not change permissions|wrong ownership/i,
    () => `Name a --data-dir on a local disk that keeps owners and modes, or ${SERVER_INSTEAD}.`,
  ],
  [
    /could not (create|resize|map) .*shared memory|Cannot allocate memory/i,
    () => `Free some memory, or ${SERVER_INSTEAD}.`,
  ],
  [
    /invalid (primary )?checkpoint record|could not locate a valid checkpoint|checksum|corrupt/i,
    (folder) =>
      `The files in ${folder} are damaged: restore a backup, or name another --data-dir and collect again.`,
  ],
];

/** What to do about a server that does not start, from what it said. */
export function failureHint(output: string, folder: string): string {
  const hint = HINTS.find(([pattern]) => pattern.test(output))?.[1];
  return hint ? hint(folder) : `See ${folder}/server.log, name another --data-dir, or ${SERVER_INSTEAD}.`;
}
