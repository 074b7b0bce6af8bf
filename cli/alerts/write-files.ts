import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderAlertmanager, renderRules, ruleSettings } from '../../alerts/index.js';
import type { ResolvedConfig } from '../../core/config/load.js';
import { AppError, errorMessage } from '../../core/errors.js';

/** Rule files and alertmanager.yaml for this configuration, by their paths below the folder. */
export function alertFiles(config: ResolvedConfig): Readonly<Record<string, string>> {
  const rules = Object.entries(renderRules(ruleSettings(config)));
  return {
    ...Object.fromEntries(rules.map(([name, text]) => [join('rules', name), text])),
    [join('alertmanager', 'alertmanager.yaml')]: renderAlertmanager(config),
  };
}

/** Writes them and returns where to. @throws AppError `input_invalid` when the folder cannot be written. */
export async function writeAlertFiles(config: ResolvedConfig, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const [name, text] of Object.entries(alertFiles(config))) {
    const path = join(folder, name);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    } catch (error) {
      throw new AppError('input_invalid', `--out ${folder}: ${errorMessage(error)}`, { cause: error });
    }
    paths.push(path);
  }
  return paths;
}
