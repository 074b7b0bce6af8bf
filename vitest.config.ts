import { defineConfig } from 'vitest/config';
import { outputFile, reporters } from './vitest.reporters.js';

/** `npm test` runs everything that needs no outside server; `npm run test:stack` runs test/stack. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/stack/**', 'node_modules/**', 'dist/**'],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    reporters,
    outputFile,
  },
});
