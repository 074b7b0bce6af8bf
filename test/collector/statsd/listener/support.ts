import { createSocket } from 'node:dgram';
import type {
  IntakeServiceOptions,
  ListenerWindow,
} from '../../../../collector/statsd/listener/intake-service.js';

export const UDP = { host: '127.0.0.1', port: 0, receiveBufferBytes: 1 << 20 };

export const OPTIONS: IntakeServiceOptions = {
  prefix: 'airflow',
  maxSeries: 100,
  idleSeconds: 60,
  listen: UDP,
  forwardTo: null,
  windowSeconds: 0.05,
};

/** Sends datagrams one by one to the port of `udp://host:port`, each when the one before is on its way. */
export async function sendUdp(address: string, ...datagrams: readonly string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, Number(new URL(address).port), '127.0.0.1', (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
  await new Promise<void>((resolve) => {
    socket.close(resolve);
  });
}

/** Collects windows; tests wait for what they hold, never for time. */
export class Windows {
  readonly all: ListenerWindow[] = [];
  #changed: () => void = () => undefined;

  readonly onWindow = (window: ListenerWindow): void => {
    this.all.push(window);
    this.#changed();
  };

  sum(name: string): number {
    return this.all
      .flatMap(({ observations }) => observations)
      .filter((observation) => observation.name === name)
      .reduce((total, { value }) => total + value, 0);
  }

  async until(condition: (windows: this) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

export function fail(error: Error): never {
  throw error;
}
