import type { AlertsConfig } from '../core/config/alerts.js';
import { selects, type DagTraits } from '../core/dag-selector.js';

/** The team of the first entry that matches the DAG; null when none does. */
export function teamOf(teams: AlertsConfig['teams'], dag: DagTraits): string | null {
  return teams.find((team) => selects(team, dag))?.name ?? null;
}
