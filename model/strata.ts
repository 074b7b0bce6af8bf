/** Kinds of decisions that a model keeps apart: what predicts that something breaks is not what predicts that it stays broken. */

/** No outcome before, or the latest was a failure. */
export const OTHERWISE = 0;
/** The latest outcome was a success. */
export const AFTER_SUCCESS = 1;
/** A DAG run in which a task is failing now: how such runs ended says more than its record. */
export const IN_TROUBLE = 2;
