/* eslint-disable @typescript-eslint/no-deprecated -- Grafana 10 and 11 know this form of dashboards only; that of Grafana 12 replaces it in the SDK. */
import {
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
  type AnnotationQueryBuilder,
  type Dashboard,
  type Panel,
  type RowPanel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { DASHBOARDS, type DashboardName } from '../../catalogue.js';
import { TAG, toOrc, toOthers } from '../links.js';
import { datasource, orcUrl, ORC_URL_VARIABLE } from '../variables.js';

/** That of Grafana 10.0: newer versions raise it themselves when they load a dashboard. */
const SCHEMA_VERSION = 38;

export interface Section {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

export interface DashboardOptions {
  readonly name: DashboardName;
  readonly description: string;
  readonly from: string;
  /** Path of the page of ORC that belongs to it. */
  readonly orcPath?: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly annotations: readonly AnnotationQueryBuilder[];
  readonly sections: readonly Section[];
}

/** The form of dashboards that every Grafana from 10 on reads. */
export type ClassicDashboard = Dashboard;

/** A dashboard of sections, each a row of its own with panels that wrap at the full width. */
export function dashboard(options: DashboardOptions): ClassicDashboard {
  const { uid, title } = DASHBOARDS[options.name];
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(options.description)
    .tags([TAG])
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('1m')
    .time({ from: options.from, to: 'now' })
    .variables([datasource(), ...options.variables, orcUrl()])
    .annotations([...options.annotations])
    .link(toOthers())
    .link(toOrc(options.orcPath));
  for (const section of options.sections) {
    builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) builder.withPanel(panel);
  }
  return finish(builder.build());
}

/** What the builders leave open. */
function finish(built: Dashboard): ClassicDashboard {
  const panels = (built.panels ?? []).map((panel: Panel | RowPanel, index) => ({ ...panel, id: index + 1 }));
  const variables = (built.templating.list ?? []).map((variable) =>
    variable.name === ORC_URL_VARIABLE ? { ...variable, skipUrlSync: true } : variable,
  );
  return withoutPlacement({
    ...built,
    schemaVersion: SCHEMA_VERSION,
    panels,
    templating: { list: variables },
  });
}

/** The builders hide links and annotations in a menu of Grafana 12 unless their `placement` is taken away. */
function withoutPlacement<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      key === 'placement' && inner === 'inControlsMenu' ? undefined : inner,
    ),
  ) as T;
}
