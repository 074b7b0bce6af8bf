import type { Command } from 'commander';
import {
  listVersions,
  modelCard,
  promoteServable,
  rollbackServable,
  showVersion,
  type ModelVersion,
} from '../../model/index.js';
import type { Database } from '../../core/database/port.js';
import { addCommand, addGroup, formatTable } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';
import { formatCard } from '../format-card.js';
import { formatFigure } from '../format-metrics.js';

/** `orc models list/show/promote/rollback` */
export function addModels(program: Command): void {
  const models = addGroup(program, 'models', 'trained models and which one is in use', 'orc models list');
  addCommand(models, 'list', 'all versions, newest first', 'orc models list').action(
    (options: CommonOptions) => withModels(options, listVersions, formatVersions),
  );
  addCommand(
    models,
    'show',
    'the card of a version: use and limits, data, metrics beside baselines, parameters, why it serves or not',
    'orc models show 2026-11-23T2050Z-ab12cd',
  )
    .argument('<version>', 'as in orc models list')
    .action((version: string, options: CommonOptions) =>
      withModels(
        options,
        (database) => showVersion(database, version),
        (found) => formatCard(modelCard(found)),
      ),
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
