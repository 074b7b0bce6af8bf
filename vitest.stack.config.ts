import { defineConfig } from 'vitest/config';
import { outputFile, reporters } from './vitest.reporters.js';

/** Tests against real servers; one file at a time, since they share ports and two cores. */
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
