import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetadataBench } from './metadata-bench.js';

/** `orc collect` as a user runs it, in a process of its own; its memory is asked for while it runs (Linux). */
export async function collectInProcess({
  airflowUrl,
  storeUrl,
  folder,
}: MetadataBench): Promise<{ seconds: number; peakMiB: number }> {
  const config = join(folder, 'orc.yaml');
  const deployment = {
    url: 'http://127.0.0.1:1',
    metadata_database_url: airflowUrl,
    history_days: 3650,
    failure_reasons: { enabled: false },
  };
  writeFileSync(
    config,
    JSON.stringify({ log_level: 'warn', database_url: storeUrl, deployments: [deployment] }),
  );
  const bin = new URL('../../bin/orc.mjs', import.meta.url).pathname;
  const start = performance.now();
  const child = spawn(process.execPath, [bin, 'collect', '--config', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peakKiB = 0;
  const timer = setInterval(() => {
    peakKiB = Math.max(peakKiB, peakOf(child.pid));
  }, 100);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  clearInterval(timer);
  if (code !== 0) throw new Error(`orc collect ended with ${code}`);
  return { seconds: (performance.now() - start) / 1000, peakMiB: Math.round(peakKiB / 1024) };
}

function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
