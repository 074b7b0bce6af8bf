/** The shipped dashboards, taken apart. */
import { readDashboards, type DashboardModel } from '../../dashboards/index.js';

export interface PanelTarget {
  readonly expr: string;
  readonly refId: string;
  readonly instant?: boolean;
  readonly legendFormat?: string;
  readonly format?: string;
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly PanelTarget[];
  readonly datasource?: unknown;
  readonly options?: Record<string, unknown>;
  readonly fieldConfig?: {
    readonly defaults: Record<string, unknown>;
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

export interface AnnotationJson {
  readonly name: string;
  readonly expr: string;
}

export interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue?: string;
  readonly skipUrlSync: boolean;
  readonly current?: { readonly value: unknown };
}

export interface DashboardJson extends DashboardModel {
  readonly schemaVersion: number;
  readonly panels: readonly PanelJson[];
  readonly annotations: { readonly list: readonly AnnotationJson[] };
  readonly templating: { readonly list: readonly VariableJson[] };
}

export const DASHBOARDS: readonly { readonly file: string; readonly model: DashboardJson }[] =
  readDashboards().map(({ file, model }) => ({ file, model: model as DashboardJson }));

/** Names of metrics in an expression, also those given as a pattern of `__name__`. */
export function metricsIn(expr: string): string[] {
  return [...new Set(expr.match(/\b(?:orc|airflow|process|nodejs)_[a-z0-9_]+/g) ?? [])];
}

/** Every query of a dashboard, and where it stands. */
export function queriesOf({ panels, annotations }: DashboardJson): { where: string; target: PanelTarget }[] {
  return [
    ...panels.flatMap((panel) =>
      (panel.targets ?? []).map((target) => ({ where: `${panel.title} ${target.refId}`, target })),
    ),
    ...annotations.list.map(({ name, expr }) => ({
      where: `annotation ${name}`,
      target: { expr, refId: 'Anno' },
    })),
  ];
}
