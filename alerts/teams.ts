import type { TeamConfig } from '../core/config/teams.js';
import { selects, type DagTraits } from '../core/dag-selector.js';

/** The team of the first entry that matches the DAG; null when none does. */
export function teamOf(teams: readonly TeamConfig[], dag: DagTraits): string | null {
  return teams.find((team) => selects(team, dag))?.name ?? null;
}
