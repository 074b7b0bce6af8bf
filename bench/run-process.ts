/** Processes that are measured from outside: their time, and the largest size that they ever had. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How often the memory of a process is read; the kernel keeps its peak, so nothing is missed but its last moments. */
const MEMORY_INTERVAL_MS = 250;

export interface Finished {
  /** What it wrote to standard output. */
  readonly output: string;
  readonly seconds: number;
  /** Largest resident size, in MiB; null where the kernel does not tell. */
  readonly peakMiB: number | null;
}

/**
 * Runs Node with these arguments to its end.
 *
 * @throws Error with the end of its standard error when it fails.
 */
export function runNode(args: readonly string[]): Promise<Finished> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  let peakMiB: number | null = null;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
  const watch = setInterval(() => (peakMiB = peakMiBOf(child.pid ?? 'none') ?? peakMiB), MEMORY_INTERVAL_MS);
  return new Promise((settle, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      if (code === 0) settle({ output, seconds: (performance.now() - started) / 1000, peakMiB });
      else reject(new Error(`node ${args.join(' ')} ended with code ${String(code)}: ${errors}`));
    });
  });
}

/** VmHWM of a process: the largest resident size it ever had, in MiB; null where the kernel does not tell. */
export function peakMiBOf(process: number | string): number | null {
  try {
    const status = readFileSync(`/proc/${process}/status`, 'utf8');
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1024);
  } catch {
    return null;
  }
}
