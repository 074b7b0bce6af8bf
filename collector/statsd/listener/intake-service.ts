/** The listener at work: receives, forwards, and hands over a window of observations at each multiple of its length. */
import type { Clock } from '../../../core/clock.js';
import type { UnixSeconds } from '../../../core/facts.js';
import type { WindowObservation } from '../aggregator.js';
import { Intake, type IntakeCounts, type IntakeOptions } from '../intake.js';
import type { KnownNameList } from '../known-names.js';
import { parseAirflowVersion } from '../units.js';
import type { DatagramListener } from './datagram-listener.js';
import { createForwarder, type Endpoint } from './forwarder.js';
import { readKernelDrops } from './udp-table.js';
import { listenUdp, type UdpOptions } from './udp-listener.js';
import { listenUnix } from './unix-listener.js';

export interface IntakeServiceOptions extends IntakeOptions {
  readonly listen: UdpOptions | { readonly path: string; readonly receiveBufferBytes: number };
  readonly forwardTo: Endpoint | null;
  readonly windowSeconds: number;
}

export interface ListenerCounts extends IntakeCounts {
  /** Datagrams that the system dropped before ORC could read them; null where it does not tell. */
  readonly kernelDrops: number | null;
  readonly forwardFailures: number;
}

export interface ListenerWindow {
  readonly end: UnixSeconds;
  readonly observations: readonly WindowObservation[];
  readonly counts: ListenerCounts;
  readonly series: number;
}

export interface IntakeServiceEvents {
  readonly onWindow: (window: ListenerWindow) => void;
  readonly onError: (error: Error) => void;
}

export interface IntakeService {
  readonly address: string;
  readonly receiveBufferBytes: number;
  know(list: KnownNameList, airflowVersion: string | null): void;
  /** Stops receiving, and hands over what the open window holds. */
  close(): Promise<void>;
}

/** @throws AppError as {@link listenUdp} and {@link listenUnix} */
export async function startIntakeService(
  options: IntakeServiceOptions,
  events: IntakeServiceEvents,
  clock: Clock,
): Promise<IntakeService> {
  const intake = new Intake(options, clock());
  const forwarder = options.forwardTo === null ? null : createForwarder(options.forwardTo);
  const onDatagram = (datagram: Buffer): void => {
    forwarder?.forward(datagram);
    intake.receive(datagram);
  };
  const listener = await listen(options.listen, onDatagram, events.onError).catch(async (error: unknown) => {
    await forwarder?.close();
    throw error;
  });
  let lastEnd = -Infinity;

  let kernelDrops: number | null = null;

  const readDrops = (): void => {
    const drops = listener.port === null ? null : readKernelDrops(listener.port);
    // The system forgets them with the socket.
    if (drops !== null) kernelDrops = Math.max(kernelDrops ?? 0, drops);
  };

  const closeWindow = (end: UnixSeconds): void => {
    // A clock that was set back must not end a window twice.
    if (end <= lastEnd && lastEnd - end < options.windowSeconds * 10) return;
    lastEnd = end;
    const { observations, counts, series } = intake.close(end);
    readDrops();
    const forwardFailures = forwarder?.failed ?? 0;
    events.onWindow({ end, observations, series, counts: { ...counts, kernelDrops, forwardFailures } });
  };

  let timer: NodeJS.Timeout;
  const schedule = (): void => {
    const { windowSeconds } = options;
    const boundary = (Math.floor(clock() / windowSeconds) + 1) * windowSeconds;
    timer = setTimeout(
      () => {
        const now = clock();
        // Later than the boundary when the thread or the machine slept: the window was longer, and ends at the last one.
        if (now >= boundary) closeWindow(Math.floor(now / windowSeconds) * windowSeconds);
        schedule();
      },
      Math.max(1, (boundary - clock()) * 1000),
    );
  };
  schedule();

  return {
    address: listener.address,
    receiveBufferBytes: listener.receiveBufferBytes,
    know: (list, airflowVersion) => {
      intake.know(list, airflowVersion === null ? null : parseAirflowVersion(airflowVersion));
    },
    close: async () => {
      clearTimeout(timer);
      readDrops();
      await listener.close();
      closeWindow(clock());
      await forwarder?.close();
    },
  };
}

function listen(
  place: IntakeServiceOptions['listen'],
  onDatagram: (datagram: Buffer) => void,
  onError: (error: Error) => void,
): Promise<DatagramListener> {
  return 'path' in place
    ? listenUnix(place, { onDatagram, onError })
    : listenUdp(place, { onDatagram, onError });
}
