import { defineConfig } from 'vitest/config';
import { outputFile, reporters } from './vitest.reporters.js';

/** Tests against real servers; two files at a time, each on ports of its own: they mostly wait. */
export default defineConfig({
  test: {
    include: ['test/stack/**/*.stack.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 900_000,
    maxWorkers: 2,
    pool: 'forks',
    reporters,
    outputFile,
  },
});
