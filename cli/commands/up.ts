import type { Command } from 'commander';
import { createApp } from '../app.js';
import { addCommand, numberIn } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';

interface UpOptions extends CommonOptions {
  readonly host?: string;
  readonly port?: number;
}

/** `orc up`: collector, scorer, retraining and server until stopped. */
export function addUp(program: Command): void {
  addCommand(program, 'up', 'collect, score, retrain and serve until stopped', 'orc up --config orc.yaml')
    .option('--host <address>', 'address to listen on')
    .option('--port <port>', 'port to listen on; 0 takes a free one', numberIn(0, 65_535, true))
    .action(async (options: UpOptions) => {
      const { context, finish } = createContext(options, {
        'server.host': options.host,
        'server.port': options.port,
      });
      try {
        await withDatabase(context, async (database) => {
          const app = createApp({ context, database, clock: context.clock });
          const address = await app.server.listen();
          await app.startStatsd().catch(async (error: unknown) => {
            await app.stop();
            throw error;
          });
          if (context.config.deployments.length === 0) {
            context.logger.warn(
              'no deployment is configured: nothing is collected, only the history in the database is scored',
            );
          }
          context.print({ address }, `ORC listens on ${address} (stop with Ctrl-C)`);
          const running = app.run();
          await app.scorer.start();
          await running;
        });
      } finally {
        finish();
      }
    });
}
