// Adds up vitest's JSON reports and failed steps; prints `N passed, N failed` and exits 1 if anything failed or nothing ran.
import { readFileSync } from 'node:fs';

const [failedSteps, ...files] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const file of files) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  passed += report.numPassedTests;
  failed +=
    report.numFailedTests +
    report.testResults.filter((r) => r.status === 'failed' && r.assertionResults.length === 0).length;
}
const missing = Math.max(0, 2 - files.length);
if (failed === 0) failed = Number(failedSteps);
if (failed === 0) failed = missing;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
