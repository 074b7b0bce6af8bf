/** What all panels share: data source, colours, units. */
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

/** The Prometheus chosen at the top of the dashboard. */
export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** A query, and what its series are called. */
export interface Target {
  readonly expr: string;
  /** With `{{label}}` for the value of a label. */
  readonly legend?: string;
}

/** Place and words that every panel has; width in 24ths of the page, height in rows of 30 pixels. */
export interface PanelFrame {
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly height: number;
}

/** Colours from these values on; the first holds below all of them. */
export type Steps = readonly [string, ...(readonly [from: number, color: string])[]];

/** As on ORC's own pages. */
export const RISK_STEPS: Steps = ['green', [0.2, 'yellow'], [0.5, 'orange'], [0.75, 'red']];
export const NO_STEPS: Steps = ['text'];

export function thresholds([base, ...others]: Steps): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: base }, ...others.map(([value, color]) => ({ value, color }))]);
}

/** A query over the time range. */
export function rangeQuery({ expr, legend }: Target, index: number): DataqueryBuilder {
  return query(expr, index)
    .range()
    .legendFormat(legend ?? '__auto');
}

/** A query at the end of the time range. */
export function instantQuery({ expr, legend }: Target, index: number): DataqueryBuilder {
  return query(expr, index)
    .instant()
    .legendFormat(legend ?? '__auto');
}

/** The same, a row per series with its labels as columns. */
export function tableQuery(expr: string, index: number): DataqueryBuilder {
  return query(expr, index).instant().format(PromQueryFormat.Table);
}

/** Queries are named A, B, C ... */
export function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

function query(expr: string, index: number): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATASOURCE).expr(expr).refId(refId(index));
}
