import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLinkBuilder, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import {
  DATASOURCE,
  instantQuery,
  NO_STEPS,
  thresholds,
  type PanelFrame,
  type Steps,
  type Target,
} from './common.js';

export interface StatOptions extends PanelFrame {
  readonly targets: readonly Target[];
  readonly unit: string;
  readonly decimals?: number;
  readonly steps?: Steps;
  readonly mappings?: ValueMapping[];
  readonly links?: DashboardLinkBuilder[];
  /** Shown where nothing is known; a dash unless given. */
  readonly noValue?: string;
  /** Writes the legend beside each value; for several series. */
  readonly named?: boolean;
}

/** One or a few numbers as they are now. */
export function stat(options: StatOptions): PanelBuilder {
  const panel = new PanelBuilder()
    .title(options.title)
    .description(options.description)
    .span(options.width)
    .height(options.height)
    .datasource(DATASOURCE)
    .targets(options.targets.map(instantQuery))
    .unit(options.unit)
    .noValue(options.noValue ?? '–')
    .thresholds(thresholds(options.steps ?? NO_STEPS))
    .mappings(options.mappings ?? [])
    .dataLinks(options.links ?? [])
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(options.named === true ? BigValueTextMode.ValueAndName : BigValueTextMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
  return options.decimals === undefined ? panel : panel.decimals(options.decimals);
}
