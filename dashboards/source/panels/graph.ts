import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLinkBuilder, DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import {
  DATASOURCE,
  rangeQuery,
  refId,
  thresholds,
  type PanelFrame,
  type Steps,
  type Target,
} from './common.js';

/** How the series of one query are drawn. */
export interface SeriesStyle {
  readonly dashed?: boolean;
  readonly color?: string;
  /** Fills what lies below the line, in percent of full colour. */
  readonly fill?: number;
  /** Fills down to the series of this legend. */
  readonly fillBelowTo?: string;
  readonly lineWidth?: number;
}

export interface GraphTarget extends Target {
  readonly style?: SeriesStyle;
}

export interface GraphOptions extends PanelFrame {
  readonly targets: readonly GraphTarget[];
  readonly unit: string;
  readonly min?: number;
  readonly max?: number;
  /** Dashed lines at these values. */
  readonly lines?: Steps;
  readonly links?: DashboardLinkBuilder[];
  /** The value between two scores is the earlier one, not something in between. */
  readonly stepped?: boolean;
}

/** Lines over time. */
export function graph(options: GraphOptions): PanelBuilder {
  const panel = new PanelBuilder()
    .title(options.title)
    .description(options.description)
    .span(options.width)
    .height(options.height)
    .datasource(DATASOURCE)
    .targets(options.targets.map(rangeQuery))
    .unit(options.unit)
    .lineWidth(1)
    .fillOpacity(0)
    .lineInterpolation(options.stepped === true ? LineInterpolation.StepAfter : LineInterpolation.Linear)
    .showPoints(VisibilityMode.Never)
    .dataLinks(options.links ?? [])
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (options.min !== undefined) panel.min(options.min);
  if (options.max !== undefined) panel.max(options.max);
  if (options.lines !== undefined) {
    panel
      .thresholds(thresholds(options.lines))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  options.targets.forEach(({ style }, index) => {
    if (style !== undefined) panel.overrideByQuery(refId(index), propertiesOf(style));
  });
  return panel;
}

function propertiesOf(style: SeriesStyle): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [];
  const set = (id: string, value: unknown): void => {
    properties.push({ id, value });
  };
  if (style.dashed === true) set('custom.lineStyle', { fill: 'dash', dash: [6, 4] });
  if (style.color !== undefined) set('color', { mode: 'fixed', fixedColor: style.color });
  if (style.fill !== undefined) set('custom.fillOpacity', style.fill);
  if (style.fillBelowTo !== undefined) set('custom.fillBelowTo', style.fillBelowTo);
  if (style.lineWidth !== undefined) set('custom.lineWidth', style.lineWidth);
  return properties;
}
