import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLinkBuilder, DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import {
  DATASOURCE,
  refId,
  RISK_STEPS,
  tableQuery,
  thresholds,
  type PanelFrame,
  type Steps,
} from './common.js';

/** A column with a value of each row. */
export interface ValueColumn {
  readonly name: string;
  readonly expr: string;
  readonly unit: string;
  readonly decimals?: number;
  /** Draws the value as a bar from 0 to 1. */
  readonly bar?: boolean;
  /** Colours the text from these values on. */
  readonly steps?: Steps;
  /** Words instead of numbers, by value. */
  readonly words?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}

/** A column with a label of each row. */
export interface LabelColumn {
  readonly label: string;
  readonly name: string;
  readonly width?: number;
  readonly links?: DashboardLinkBuilder[];
}

export interface TableOptions extends PanelFrame {
  readonly labels: readonly LabelColumn[];
  readonly values: readonly ValueColumn[];
  /** Name of a value column. */
  readonly sortBy: string;
  readonly descending?: boolean;
}

/** A row per combination of labels as it is now, a column per query. */
export function table(options: TableOptions): PanelBuilder {
  const panel = new PanelBuilder()
    .title(options.title)
    .description(options.description)
    .span(options.width)
    .height(options.height)
    .datasource(DATASOURCE)
    .targets(options.values.map(({ expr }, index) => tableQuery(expr, index)))
    .thresholds(thresholds(RISK_STEPS))
    .noValue('–')
    .sortBy([new TableSortByFieldStateBuilder().displayName(options.sortBy).desc(options.descending ?? true)])
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({ id: 'organize', options: organize(options) });
  for (const { label, name, width, links } of options.labels) {
    const properties: DynamicConfigValue[] = [{ id: 'displayName', value: name }];
    if (width !== undefined) properties.push({ id: 'custom.width', value: width });
    if (links !== undefined) properties.push({ id: 'links', value: links.map((link) => link.build()) });
    panel.overrideByName(label, properties);
  }
  options.values.forEach((column, index) => {
    panel.overrideByName(valueField(options, index), valueProperties(column));
  });
  return panel;
}

/** Grafana's name of the value of a query: with a single one, it has no letter. */
function valueField({ values }: TableOptions, index: number): string {
  return values.length === 1 ? 'Value' : `Value #${refId(index)}`;
}

function organize(options: TableOptions): unknown {
  const fields = [
    ...options.labels.map(({ label }) => label),
    ...options.values.map((_, index) => valueField(options, index)),
  ];
  return {
    excludeByName: { Time: true },
    indexByName: Object.fromEntries(fields.map((field, index) => [field, index])),
    renameByName: {},
  };
}

function valueProperties(column: ValueColumn): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [
    { id: 'displayName', value: column.name },
    { id: 'unit', value: column.unit },
  ];
  if (column.decimals !== undefined) properties.push({ id: 'decimals', value: column.decimals });
  if (column.steps !== undefined)
    properties.push({ id: 'thresholds', value: thresholds(column.steps).build() });
  if (column.bar === true) {
    properties.push(
      { id: 'min', value: 0 },
      { id: 'max', value: 1 },
      { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic' } },
    );
  } else if (column.steps !== undefined || column.words !== undefined) {
    properties.push({ id: 'custom.cellOptions', value: { type: 'color-text' } });
  }
  if (column.words !== undefined)
    properties.push({ id: 'mappings', value: [{ type: 'value', options: column.words }] });
  return properties;
}
