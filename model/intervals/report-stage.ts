/** The figures of forecasts at one stage. */
import type { UnixSeconds } from '../../core/facts.js';
import { riskMetrics, type RiskMetrics } from '../evaluation/metrics.js';
import { wilsonInterval } from '../../core/wilson.js';
import { END_QUANTILES, type Decision, type EndQuantiles } from './decision.js';
import { lateLabel, type NaiveForecast } from './naive-times.js';

export interface IntervalFigures {
  /** Share of the ends between the quantiles 0.1 and 0.9, with its 95 % binomial interval (Wilson 1927). */
  readonly coverage: number | null;
  readonly coverage_interval: readonly [number, number] | null;
  readonly below: number | null;
  readonly above: number | null;
  readonly median_width_seconds: number | null;
  /** Mean pinball loss of the three quantiles (Koenker and Bassett 1978). */
  readonly pinball_seconds: number | null;
}

export interface StageReport {
  readonly runs: number;
  readonly intervals: IntervalFigures;
  readonly naive: IntervalFigures;
  readonly late: {
    /** Runs with a lateness label. */
    readonly rows: number;
    readonly late: number;
    readonly model: RiskMetrics;
    /** The DAG's own share of late runs so far. */
    readonly historical_rate: RiskMetrics;
  };
}

class IntervalScores {
  private rows = 0;
  private below = 0;
  private above = 0;
  private pinball = 0;
  private readonly widths: number[] = [];

  add(quantiles: EndQuantiles, endedAt: UnixSeconds): void {
    this.rows++;
    if (endedAt < quantiles[0]) this.below++;
    if (endedAt > quantiles[2]) this.above++;
    this.widths.push(quantiles[2] - quantiles[0]);
    END_QUANTILES.forEach((level, k) => {
      const error = endedAt - quantiles[k]!;
      this.pinball += Math.max(level * error, (level - 1) * error) / END_QUANTILES.length;
    });
  }

  figures(): IntervalFigures {
    const { rows, below, above } = this;
    if (rows === 0) {
      return {
        coverage: null,
        coverage_interval: null,
        below: null,
        above: null,
        median_width_seconds: null,
        pinball_seconds: null,
      };
    }
    const coverage = 1 - (below + above) / rows;
    this.widths.sort((a, b) => a - b);
    return {
      coverage,
      coverage_interval: wilsonInterval(rows - below - above, rows),
      below: below / rows,
      above: above / rows,
      median_width_seconds: this.widths[rows >> 1]!,
      pinball_seconds: this.pinball / rows,
    };
  }
}

export class StageScores {
  private runs = 0;
  private readonly model = new IntervalScores();
  private readonly naive = new IntervalScores();
  private readonly labels: number[] = [];
  private readonly risks: number[] = [];
  private readonly rates: number[] = [];

  add(decision: Decision, naive: NaiveForecast, endedAt: UnixSeconds, failed: boolean): void {
    this.runs++;
    this.model.add(decision.quantiles, endedAt);
    this.naive.add(naive.quantiles, endedAt);
    const label = lateLabel(decision.key.deadline, endedAt, failed);
    if (label === null) return;
    this.labels.push(label);
    this.risks.push(decision.lateRisk!);
    this.rates.push(naive.lateRate);
  }

  report(): StageReport {
    const labels = Uint8Array.from(this.labels);
    return {
      runs: this.runs,
      intervals: this.model.figures(),
      naive: this.naive.figures(),
      late: {
        rows: labels.length,
        late: labels.reduce((sum, label) => sum + label, 0),
        model: riskMetrics(labels, Float64Array.from(this.risks)),
        historical_rate: riskMetrics(labels, Float64Array.from(this.rates)),
      },
    };
  }
}
