/** A socket that receives datagrams until it is closed. */
export interface DatagramListener {
  /** Such as `udp://127.0.0.1:8125` or `unix:/run/orc/statsd.sock`. */
  readonly address: string;
  /** UDP port; null for a Unix socket. */
  readonly port: number | null;
  /** Bytes of receive buffer that the system granted. */
  readonly receiveBufferBytes: number;
  /** Resolves when nothing more will be received. */
  close(): Promise<void>;
}

export interface ListenerEvents {
  /** The bytes are valid during the call only. */
  readonly onDatagram: (datagram: Buffer) => void;
  /** The socket failed while listening. */
  readonly onError: (error: Error) => void;
}
