import {
  VisibilityMode,
  LegendDisplayMode,
  LegendPlacement,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, rangeQuery, type PanelFrame, type Target } from './common.js';

/** Words and colours of a metric that is 1 after a failure, else 0. */
export const OUTCOME_WORDS = {
  0: { text: 'success', color: 'green' },
  1: { text: 'failed', color: 'red' },
} as const;

export const OUTCOME_MAPPING: ValueMapping = { type: MappingType.ValueToText, options: OUTCOME_WORDS };

/** States over time, a row per series. */
export function timeline(frame: PanelFrame, target: Target, mappings: ValueMapping[]): PanelBuilder {
  return new PanelBuilder()
    .title(frame.title)
    .description(frame.description)
    .span(frame.width)
    .height(frame.height)
    .datasource(DATASOURCE)
    .targets([rangeQuery(target, 0)])
    .mappings(mappings)
    .mergeValues(true)
    .showValue(VisibilityMode.Never)
    .rowHeight(0.8)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    );
}
