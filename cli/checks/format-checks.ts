import { summarise, type Check } from './check.js';

/**
 * Checks as text: one line each under a heading for ORC and each deployment, fixes below what they fix. What was skipped for one
 * reason shares a line.
 */
export function formatChecks(checks: readonly Check[]): string {
  const shown = joinSkipped(checks);
  const nameWidth = Math.max(...shown.map(({ name }) => name.length));
  const groups = [...new Set(shown.map(({ deployment }) => deployment))].map((deployment) => {
    const lines = shown
      .filter((check) => check.deployment === deployment)
      .flatMap((check) => formatCheck(check, nameWidth));
    return [deployment === null ? 'ORC AI' : `Airflow ${JSON.stringify(deployment)}`, ...lines].join('\n');
  });
  const { ok, warning, failed, skipped } = summarise(checks);
  const total = `${ok} ok, ${warning} warning${warning === 1 ? '' : 's'}, ${failed} failed, ${skipped} skipped`;
  return [...groups, total].join('\n\n');
}

function joinSkipped(checks: readonly Check[]): Check[] {
  const runs: Check[][] = [];
  for (const check of checks) {
    const last = runs.at(-1)?.[0];
    const isSame = (['status', 'deployment', 'found'] as const).every((key) => last?.[key] === check[key]);
    if (check.status === 'skipped' && isSame) runs.at(-1)!.push(check);
    else runs.push([check]);
  }
  return runs.map(([first, ...rest]) =>
    rest.length === 0 ? first! : { ...first!, name: `${first!.name} and ${rest.length} more` },
  );
}

const STATUS_WIDTH = 'skipped'.length;

function formatCheck(check: Check, nameWidth: number): string[] {
  const lead = `  ${check.status.padEnd(STATUS_WIDTH)}  `;
  const name = check.name.replaceAll('_', ' ').padEnd(nameWidth);
  const indent = ' '.repeat(lead.length + nameWidth + 2);
  return [
    `${lead}${name}  ${check.found}`,
    ...(check.fix === null
      ? []
      : check.fix.split('\n').map((line, i) => `${indent}${i === 0 ? 'fix: ' : '     '}${line}`)),
  ];
}
