import { spawn } from 'node:child_process';
import { chown, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, errorMessage } from '../../errors.js';
import { failureHint } from './failure-hint.js';
import type { Location } from './location.js';
import { findPostmaster } from './postmaster.js';
import type { Runtime } from './runtime.js';
import { spawnOptions, type ServerUser } from './server-user.js';
import { serverSettings, settingArguments, type ServerSettings } from './settings.js';

const POLL_MS = 15;
/** Replaying the log after a crash can take this long on a slow disk. */
const START_LIMIT_MS = 600_000;
const PORT_ATTEMPTS = 5;
/** Another server creates its lock file and writes it at once; one that stays empty so long is what a crash has left. */
const EMPTY_LOCK_LIMIT_MS = 15_000;
const LOG_LIMIT_BYTES = 4 * 1024 * 1024;

export interface StartOptions {
  readonly location: Location;
  readonly runtime: Runtime;
  readonly user: ServerUser;
  /** Taken when it is free; connections that were lost then find the server again. */
  readonly preferredPort: number | null;
  /** Beside or instead of the usual ones. */
  readonly settings: ServerSettings;
}

/**
 * Starts the server in a session of its own, so that it outlives this process while others use it, and a Ctrl-C meant for
 * ORC does not stop it first. Returns when it takes connections, or when another process was faster.
 *
 * PostgreSQL itself makes sure that a cluster has one server: of two started at once, one ends.
 *
 * @throws AppError `database_unavailable` with the tail of its log.
 */
export async function startServer(options: StartOptions): Promise<void> {
  let port = options.preferredPort ?? (await freePort());
  const emptyLockUntil = Date.now() + EMPTY_LOCK_LIMIT_MS;
  for (let attempt = 1; ; attempt += 1) {
    const failure = await startOnce(options, port);
    if (failure === null) return;
    if (/lock file ".*postmaster\.pid" is empty/.test(failure) && Date.now() < emptyLockUntil) {
      attempt -= 1;
      await delay(POLL_MS);
      continue;
    }
    // Another process was faster, or its processes are just ending after a crash: the caller looks again.
    if (/lock file ".*postmaster\.pid" already exists|pre-existing shared memory block/.test(failure)) {
      await delay(POLL_MS);
      return;
    }
    const portTaken = /could not bind|could not create any TCP\/IP sockets/.test(failure);
    if (!portTaken || attempt === PORT_ATTEMPTS) {
      throw new AppError(
        'database_unavailable',
        `The private PostgreSQL in ${options.location.folder} does not start: ${failure}`,
        { fix: failureHint(failure, options.location.folder) },
      );
    }
    port = await freePort();
  }
}

/** Null when it runs, else why not. */
async function startOnce(options: StartOptions, port: number): Promise<string | null> {
  const { location, runtime, user } = options;
  const log = await openLog(location, user);
  try {
    const { size: logStart } = await log.stat();
    const settings = { ...serverSettings(totalmem()), ...options.settings };
    const args = ['-D', location.data, '-p', String(port), ...settingArguments(settings)];
    let ended: string | null = null;
    try {
      const child = spawn(runtime.postgres, args, {
        ...spawnOptions(user),
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      });
      child.on('error', (error) => {
        ended = error.message;
      });
      child.on('exit', (code, signal) => {
        ended = `it ended with ${signal ?? `code ${code ?? '?'}`}`;
      });
      child.unref();
      const deadline = Date.now() + START_LIMIT_MS;
      while (ended === null) {
        const found = await findPostmaster(location.data);
        if (found?.pid === child.pid && found?.ready === true) return null;
        if (Date.now() > deadline) ended = `not ready after ${START_LIMIT_MS / 1000} s`;
        await delay(POLL_MS);
      }
    } catch (error) {
      ended = errorMessage(error);
    }
    return (await readTail(location.logFile, logStart)) || ended;
  } finally {
    await log.close();
  }
}

async function openLog(location: Location, user: ServerUser): Promise<FileHandle> {
  const size = await stat(location.logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_LIMIT_BYTES) await rename(location.logFile, `${location.logFile}.1`);
  const log = await open(location.logFile, 'a+', 0o600);
  if (user !== null) await chown(location.logFile, user.uid, user.gid);
  return log;
}

/** The last lines that the server wrote since `from`, on one line. */
async function readTail(path: string, from: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const start = Math.max(from, size - 4096);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n').filter(Boolean);
    return lines.slice(-8).join(' | ');
  } finally {
    await file.close();
  }
}

/** A port of the loopback interface that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no free port'));
      });
    });
  });
}
