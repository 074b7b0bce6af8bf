import type { UnixSeconds } from './facts.js';

/** The current time; injected so that pure code and tests own it. */
export type Clock = () => UnixSeconds;

export const systemClock: Clock = () => Date.now() / 1000;
