/** `npm run bench [-- NAME... [--FLAG VALUE...]]`: measures beside the targets, and prints one JSON document. */
import { cpus, totalmem } from 'node:os';
import { BENCHMARKS } from './benchmarks.js';

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(
    'Usage: npm run bench [-- NAME... [--FLAG VALUE...]]; without a name all but those marked *, hours of work\n\n',
  );
  for (const { name, target, isOnRequest } of BENCHMARKS)
    process.stdout.write(`${isOnRequest === true ? '*' : ' '} ${name.padEnd(16)}${target}\n`);
  process.exit(0);
}

const wanted: string[] = [];
const flags = new Map<string, string>();
for (let i = 0; i < args.length; i++) {
  const arg = args[i]!;
  if (arg.startsWith('--')) flags.set(arg.slice(2), args[++i] ?? '');
  else wanted.push(arg);
}
const chosen = BENCHMARKS.filter(({ name, isOnRequest }) =>
  wanted.length === 0 ? isOnRequest !== true : wanted.includes(name),
);
if (chosen.length === 0) {
  process.stderr.write(
    `bench: unknown name ${wanted.join(', ')}; known: ${BENCHMARKS.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}

const results = [];
for (const { name, target, run } of chosen) {
  process.stderr.write(`${name} ...\n`);
  try {
    results.push({ name, target, measured: await run(flags) });
  } catch (error) {
    results.push({ name, target, error: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
  }
}
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`);
