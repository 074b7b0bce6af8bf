/** `npm run bench [-- NAME...]`: measures speed and size beside their targets, and prints one JSON document. */
import { cpus, totalmem } from 'node:os';
import { BENCHMARKS } from './benchmarks.js';

const wanted = process.argv.slice(2);
const chosen = BENCHMARKS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
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
    results.push({ name, target, measured: await run() });
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
