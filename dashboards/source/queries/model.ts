/** How good the scores turned out to be, and what made them. */
import { METRICS } from '../../../core/metric-names.js';
import { highestBy, select } from '../promql.js';

const bySubset = (metric: Parameters<typeof select>[0]): string => highestBy(['subset'], select(metric));

export const averagePrecision = bySubset(METRICS.modelAveragePrecision);
export const calibrationError = bySubset(METRICS.modelCalibrationError);
export const outcomes = bySubset(METRICS.modelOutcomes);

export const versions = highestBy(['version', 'role'], select(METRICS.modelInfo));
/** Unix seconds, of the versions in use. */
export const trainedAt = highestBy(['version'], select(METRICS.modelTrained));
/** Seconds since the newest version in use was trained. */
export const age = `time() - max(${select(METRICS.modelTrained)})`;

const drift = highestBy(['kind', 'feature'], select(METRICS.modelInputDrift));
export const mostDrifted = `topk(20, ${drift})`;
const driftAtEnd = highestBy(['kind', 'feature'], `${select(METRICS.modelInputDrift)} @ end()`);
export const mostDriftedOverTime = `(${drift}) and on (kind, feature) (topk(10, ${driftAtEnd}))`;
/** Features beyond the bound from which the index counts as drift. */
export const driftedFeatures = `sum by (kind) (${drift} > bool 0.25)`;
export const outcomeDrift = highestBy(['kind'], select(METRICS.modelOutcomeDrift));
