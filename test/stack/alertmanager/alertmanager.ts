import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, until } from '../prometheus/prometheus.js';

export interface Alertmanager {
  /** host:port */
  readonly address: string;
  stop(): Promise<void>;
}

/** Installs Alertmanager where it is missing, and starts one with this configuration file. */
export async function startAlertmanager(config: string): Promise<Alertmanager> {
  execFileSync(join(import.meta.dirname, 'install.sh'), { stdio: 'inherit' });
  const directory = mkdtempSync(join(tmpdir(), 'orc-alertmanager-'));
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${config}`,
      `--storage.path=${directory}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise<void>((resolve) =>
    server.once('exit', () => {
      resolve();
    }),
  );
  await until(async () => (await fetch(`http://${address}/-/ready`)).ok, 60_000, 'Alertmanager is ready');
  return {
    address,
    stop: async () => {
      server.kill('SIGTERM');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
