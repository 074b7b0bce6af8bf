/** When a feature counts as drifted, by its population stability index between what a model learnt from and what it is asked. */

/** The index from which on it can (Siddiqi 2006). */
export const DRIFTED = 0.25;
/** And as a factor of the most that a window of what the model learnt from differs by from all of it. */
export const BEYOND_USUAL = 1.5;
