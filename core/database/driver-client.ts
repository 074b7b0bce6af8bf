import type { Socket } from 'node:net';
import pg from 'pg';

type ConnectCallback = (error: Error | null, client?: pg.Client) => void;

/**
 * The driver's client, mended in two places: a connection that fails while it is opened is closed (otherwise its socket
 * stays until the server gives up, a minute later, and keeps the process alive), and one that breaks while it is held but idle
 * does not end the process (whoever holds it learns at the next statement).
 */
export class DriverClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.Client> | undefined {
    if (callback === undefined) {
      return new Promise((resolve, reject) => {
        this.connect((error) => {
          if (error) reject(error);
          else resolve(this);
        });
      });
    }
    super.connect((error: Error | null) => {
      if (error) socketOf(this).destroy();
      callback(error, this);
    });
    return undefined;
  }
}

/** To destroy it closes the connection without a word: the server rolls back what was open. */
export function socketOf(client: pg.ClientBase): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}
