import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Check } from '../../cli/checks/check.js';

export const BIN = join(import.meta.dirname, '../../bin/orc.mjs');

export interface OrcResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `orc` in a process of its own, with nothing of this shell's configuration. */
export function runOrc(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  /** What standard input holds. */
  input = '',
): Promise<OrcResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A command that ends without reading it closes the pipe.
    child.stdin.on('error', () => undefined).end(input);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** The checks in what `orc check --json` printed. */
export function checksOf(stdout: string): readonly Check[] {
  return (JSON.parse(stdout) as { readonly checks: readonly Check[] }).checks;
}
