import type { Architecture, Parameters } from './architecture.js';

/** A trained network: its shape and its weights. */
export interface Network {
  readonly architecture: Architecture;
  readonly parameters: Parameters;
}
