import { describe, expect, it } from 'vitest';
import { liveQuality } from '../../model/quality/live-quality.js';
import type { QualityView } from '../../model/quality/quality-follower.js';
import { writeFamilies } from '../../serving/exposition.js';
import { modelFamilies } from '../../serving/model-metrics.js';
import { NOW, outcomes } from '../model/quality/outcomes.js';

const quality = liveQuality(
  { try: outcomes({ rows: 1000, seed: 2 }), dag_run: outcomes({ rows: 150, seed: 3 }) },
  { from: NOW - 86_400, until: NOW },
);
const drift = {
  inputs: { rows: 500, features: [{ feature: 'task__age__now', psi: 0.5, usual: 0.2 }] },
  outcome: null,
  trainingFailureRate: 0.1,
  liveFailureRate: null,
};
const text = (view: QualityView | null, stored: { written: number; dropped: number } | null): string[] =>
  writeFamilies(modelFamilies(view, stored), 'text')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

describe('metrics of live quality', () => {
  it('are there by subset once known, and absent before', () => {
    const lines = text({ quality, drift: { try: drift, dag_run: null } }, { written: 7, dropped: 2 });
    const { all, onset } = quality.subsets;
    expect(lines).toEqual([
      'orc_scores_stored_total 7',
      'orc_scores_dropped_total 2',
      'orc_model_outcomes{subset="all"} 1000',
      'orc_model_outcomes{subset="onset"} 800',
      'orc_model_outcomes{subset="dag_runs"} 150',
      'orc_model_outcomes{subset="dag_runs_onset"} 120',
      `orc_model_average_precision_ratio{subset="all"} ${all.metrics.average_precision!}`,
      `orc_model_average_precision_ratio{subset="onset"} ${onset.metrics.average_precision!}`,
      `orc_model_calibration_error_ratio{subset="all"} ${all.metrics.expected_calibration_error!}`,
      `orc_model_calibration_error_ratio{subset="onset"} ${onset.metrics.expected_calibration_error!}`,
      'orc_model_input_stability_index{kind="try",feature="task__age__now"} 0.5',
      'orc_model_input_usual_stability_index{kind="try",feature="task__age__now"} 0.2',
    ]);
  });

  it('start with the counters, where scores are stored', () => {
    expect(text(null, { written: 0, dropped: 0 })).toEqual([
      'orc_scores_stored_total 0',
      'orc_scores_dropped_total 0',
    ]);
    expect(text(null, null)).toEqual([]);
  });
});
