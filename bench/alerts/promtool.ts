/** Evaluates the rule files with `promtool test rules` and reads from its complaints what fired when. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** A question to be asked at some steps, a minute each; promtool tells of every step where it has an answer. */
export interface Question {
  readonly expr: string;
  readonly steps: readonly number[];
}

/** One sample of an answer. */
export interface Answer {
  readonly expr: string;
  readonly step: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** One step is a minute. @throws Error when promtool cannot be run or refuses the file. */
export async function askPromtool(
  ruleFile: string,
  series: readonly InputSeries[],
  questions: readonly Question[],
): Promise<Answer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'orc-bench-alerts-'));
  try {
    const path = join(folder, 'replay.test.yaml');
    const expressions = questions.flatMap(({ expr, steps }) =>
      // Nothing is expected, so whatever there is is told.
      steps.map((step) => ({ expr, eval_time: `${step}m`, exp_samples: [] })),
    );
    const test = { interval: '1m', input_series: series, promql_expr_test: expressions };
    writeFileSync(
      path,
      JSON.stringify({ rule_files: [resolve(ruleFile)], evaluation_interval: '1m', tests: [test] }),
    );
    return parseComplaints(await run(['test', 'rules', path]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(args: readonly string[]): Promise<string> {
  const child = spawn('promtool', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.stderr.on('data', (piece: Buffer) => pieces.push(piece));
  return new Promise((settle, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      settle(Buffer.concat(pieces).toString());
    });
  });
}

const COMPLAINT = /^ *expr: (".*"), time: (\w+),\s*\n\s*exp:.*\n\s*got:(".*")$/gm;
const SAMPLE = /\{(.*?)\} 1E\+00/g;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const MINUTES: Readonly<Record<string, number>> = { w: 10_080, d: 1440, h: 60, m: 1 };

/** What promtool 2.42 and newer prints of an expectation that does not hold. */
export function parseComplaints(output: string): Answer[] {
  if (/error parsing|no such file|unmarshal|invalid|group .*error/i.test(output) && !output.includes('got:'))
    throw new Error(`promtool refuses the replay: ${output.slice(0, 2000)}`);
  return [...output.matchAll(COMPLAINT)].flatMap(([, expr, time, got]) => {
    const step = [...time!.matchAll(/(\d+)([wdhm])/g)].reduce(
      (sum, [, digits, unit]) => sum + Number(digits) * MINUTES[unit!]!,
      0,
    );
    const samples = JSON.parse(got!) as string;
    return [...samples.matchAll(SAMPLE)].map(([, labels]) => ({
      expr: JSON.parse(expr!) as string,
      step,
      labels: Object.fromEntries<string>(
        [...labels!.matchAll(LABEL)].map(([, name, value]) => [name!, JSON.parse(`"${value!}"`) as string]),
      ),
    }));
  });
}
