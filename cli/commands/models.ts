import type { Command } from 'commander';
import {
  listVersions,
  promoteServable,
  rollbackServable,
  showVersion,
  type ModelVersion,
} from '../../model/index.js';
import type { Database } from '../../core/database/port.js';
import type { UnixSeconds } from '../../core/facts.js';
import { addCommand, addGroup, formatTable } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';
import { formatFigure, formatVersionMetrics } from '../format-metrics.js';

/** `orc models list/show/promote/rollback` */
export function addModels(program: Command): void {
  const models = addGroup(program, 'models', 'trained models and which one is in use', 'orc models list');
  addCommand(models, 'list', 'all versions, newest first', 'orc models list').action(
    (options: CommonOptions) => withModels(options, listVersions, formatVersions),
  );
  addCommand(
    models,
    'show',
    'one version: data, metrics, parameters',
    'orc models show 2026-11-23T2050Z-ab12cd',
  )
    .argument('<version>', 'as in orc models list')
    .action((version: string, options: CommonOptions) =>
      withModels(options, (database) => showVersion(database, version), formatVersion),
    );
  addCommand(models, 'promote', 'put a version into use', 'orc models promote 2026-11-23T2050Z-ab12cd')
    .argument('<version>', 'as in orc models list')
    .action((version: string, options: CommonOptions) =>
      withModels(
        options,
        (database) => promoteServable(database, version),
        (now) => `${now.version} is in use now`,
      ),
    );
  addCommand(models, 'rollback', 'go back to the version used before', 'orc models rollback').action(
    (options: CommonOptions) =>
      withModels(options, rollbackServable, (now) => `${now.version} is in use again`),
  );
}

async function withModels<T>(
  options: CommonOptions,
  work: (database: Database) => Promise<T>,
  format: (result: T) => string,
): Promise<void> {
  const { context, finish } = createContext(options);
  try {
    const result = await withDatabase(context, work);
    context.print(result, () => format(result));
  } finally {
    finish();
  }
}

function formatVersions(versions: readonly ModelVersion[]): string {
  if (versions.length === 0) return 'No model yet: orc train makes the first.';
  return formatTable(
    ['version', 'role', 'trained on', 'average precision', 'calibration error'],
    versions.map((v) => [
      v.version,
      v.role,
      `${v.trainingRows} tries`,
      formatFigure(v.metrics.try.average_precision),
      formatFigure(v.metrics.try.expected_calibration_error),
    ]),
  );
}

function formatVersion(v: ModelVersion): string {
  const { seed, try: tries, dag_run: runs } = v.parameters;
  const head = [
    ['role', v.role],
    ['trained', time(v.createdAt)],
    ['in use since', time(v.promotedAt)],
    ['learnt from', `${v.trainingRows} tries of ${time(v.dataFrom)} to ${time(v.dataTo)}`],
    ['feature set', v.featureSetHash],
    ['seed', String(seed)],
    ...[tries, runs].flatMap(({ reason }, index) =>
      reason === null ? [] : [[index === 0 ? 'tries' : 'DAG runs', `the historical rate answers: ${reason}`]],
    ),
  ];
  const lines = head.map(([name, value]) => `${name!.padEnd(13)} ${value!}`);
  return `${v.version}\n${lines.join('\n')}\n\n${formatVersionMetrics(v.metrics)}`;
}

const time = (at: UnixSeconds | null): string => (at === null ? '-' : new Date(at * 1000).toISOString());
