/** Console output, plus the JSON report that .ci/run adds up. */
export const reporters = process.env['ORC_TEST_REPORT'] === undefined ? ['default'] : ['default', 'json'];
export const outputFile = { json: process.env['ORC_TEST_REPORT'] ?? 'report.json' };
