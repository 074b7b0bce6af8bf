import type { Command } from 'commander';
import { hideSecrets } from '../../core/config/hide-secrets.js';
import { stringify } from 'yaml';
import { addCommand, addGroup } from '../command.js';
import { createContext, type CommonOptions } from '../context.js';

/** `orc config check` and `orc config print`. */
export function addConfig(program: Command): void {
  const config = addGroup(
    program,
    'config',
    'validate and show the configuration',
    'orc config check --config orc.yaml',
  );
  addCommand(config, 'check', 'validate the configuration', 'orc config check --config orc.yaml').action(
    (options: CommonOptions) => {
      const { context, finish } = createContext(options);
      const deployments = context.config.deployments.length;
      context.print(
        { valid: true, deployments },
        `The configuration is valid: ${deployments} deployment${deployments === 1 ? '' : 's'}.`,
      );
      finish();
    },
  );
  addCommand(config, 'print', 'show the configuration in force, secrets hidden', 'orc config print').action(
    (options: CommonOptions) => {
      const { context, finish } = createContext(options);
      const shown = hideSecrets(context.config);
      context.print(shown, () => stringify(shown));
      finish();
    },
  );
}
