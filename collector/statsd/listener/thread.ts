/** Entry of the listener's thread; it ends when told to close, or when the address is refused. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../../core/clock.js';
import { AppError, errorMessage } from '../../../core/errors.js';
import { startIntakeService, type IntakeServiceOptions } from './intake-service.js';
import type { ThreadCommand, ThreadMessage } from './thread-messages.js';

const port = parentPort!;
const post = (message: ThreadMessage): void => {
  port.postMessage(message);
};

try {
  const service = await startIntakeService(
    workerData as IntakeServiceOptions,
    {
      onWindow: (window) => {
        post({ type: 'window', window });
      },
      onError: (error) => {
        post({ type: 'socket_error', message: error.message });
      },
    },
    systemClock,
  );
  port.on('message', (command: ThreadCommand) => {
    if (command.type === 'know') service.know(command.list, command.airflowVersion);
    else
      void service.close().finally(() => {
        port.close();
      });
  });
  const { address, receiveBufferBytes } = service;
  post({ type: 'listening', address, receiveBufferBytes });
} catch (error) {
  const { code, fix } = error instanceof AppError ? error : { code: 'internal' as const, fix: undefined };
  post({ type: 'refused', code, message: errorMessage(error), fix: fix ?? null });
}
