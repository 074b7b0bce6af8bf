/** Metrics of live quality: how the served scores turned out, and how far the inputs have drifted. */
import { METRICS, type MetricDefinition } from '../core/metric-names.js';
import { QUALITY_SUBSETS } from '../model/quality/live-quality.js';
import type { QualityView } from '../model/quality/quality-follower.js';
import type { ScoreWriterStatus } from '../model/quality/score-writer.js';
import { formatLabels, formatSample, type Family } from './exposition.js';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | null | undefined];

function family({ name, type, help }: MetricDefinition, samples: readonly Sample[]): Family {
  const known = samples.flatMap(([labels, value]) =>
    value == null ? [] : [formatSample(name, formatLabels(Object.entries(labels)), value)],
  );
  return { name, type, help, samples: known.join('') };
}

/** A figure that is not known is absent; the counters of stored scores are there where scores are stored. */
export function modelFamilies(
  view: QualityView | null,
  stored: Pick<ScoreWriterStatus, 'written' | 'dropped'> | null,
): Family[] {
  const counters =
    stored === null
      ? []
      : [
          family(METRICS.scoresStored, [[{}, stored.written]]),
          family(METRICS.scoresDropped, [[{}, stored.dropped]]),
        ];
  if (view === null) return counters;
  const { subsets } = view.quality;
  const kinds = (['try', 'dag_run'] as const).flatMap((kind) => {
    const drift = view.drift[kind];
    return drift === null ? [] : [{ kind, drift }];
  });
  return [
    ...counters,
    family(
      METRICS.modelOutcomes,
      QUALITY_SUBSETS.map((subset) => [{ subset }, subsets[subset].rows]),
    ),
    family(
      METRICS.modelAveragePrecision,
      QUALITY_SUBSETS.map((subset) => [{ subset }, subsets[subset].metrics.average_precision]),
    ),
    family(
      METRICS.modelCalibrationError,
      QUALITY_SUBSETS.map((subset) => [{ subset }, subsets[subset].metrics.expected_calibration_error]),
    ),
    family(
      METRICS.modelInputDrift,
      kinds.flatMap(({ kind, drift }) =>
        (drift.inputs?.features ?? []).map(({ feature, psi }): Sample => [{ kind, feature }, psi]),
      ),
    ),
    family(
      METRICS.modelUsualInputDrift,
      kinds.flatMap(({ kind, drift }) =>
        (drift.inputs?.features ?? []).map(({ feature, usual }): Sample => [{ kind, feature }, usual]),
      ),
    ),
    family(
      METRICS.modelOutcomeDrift,
      kinds.map(({ kind, drift }) => [{ kind }, drift.outcome]),
    ),
  ];
}
