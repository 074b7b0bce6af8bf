import {
  BarGaugeDisplayMode,
  ReduceDataOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { DATASOURCE, instantQuery, thresholds, type PanelFrame, type Steps, type Target } from './common.js';

export interface BarsOptions extends PanelFrame {
  readonly target: Target;
  readonly unit: string;
  readonly steps: Steps;
  readonly max?: number;
  readonly decimals?: number;
}

/** A bar per series as it is now. */
export function bars(options: BarsOptions): PanelBuilder {
  const panel = new PanelBuilder()
    .title(options.title)
    .description(options.description)
    .span(options.width)
    .height(options.height)
    .datasource(DATASOURCE)
    .targets([instantQuery(options.target, 0)])
    .unit(options.unit)
    .noValue('–')
    .min(0)
    .thresholds(thresholds(options.steps))
    .displayMode(BarGaugeDisplayMode.Basic)
    .orientation(VizOrientation.Horizontal)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
  if (options.max !== undefined) panel.max(options.max);
  if (options.decimals !== undefined) panel.decimals(options.decimals);
  return panel;
}
