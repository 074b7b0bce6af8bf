/** How good the scores turned out to be, and what made them. */
import { BEYOND_USUAL, DRIFTED } from '../../../core/drift-bounds.js';
import { METRICS, type MetricDefinition } from '../../../core/metric-names.js';
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

/** Stability index over the bound from which on a feature has drifted. */
function driftRatio(modifier = ''): string {
  const of = (metric: MetricDefinition): string => highestBy(['kind', 'feature'], select(metric) + modifier);
  const bound = `clamp_min(${BEYOND_USUAL} * ${of(METRICS.modelUsualInputDrift)}, ${DRIFTED})`;
  return `${of(METRICS.modelInputDrift)} / on (kind, feature) ${bound}`;
}

export const mostDrifted = `topk(20, ${driftRatio()})`;
export const mostDriftedOverTime = `(${driftRatio()}) and on (kind, feature) (topk(10, ${driftRatio(' @ end()')}))`;
/** Features beyond the bound. */
export const driftedFeatures = `sum by (kind) (${driftRatio()} >= bool 1)`;
export const outcomeDrift = highestBy(['kind'], select(METRICS.modelOutcomeDrift));
