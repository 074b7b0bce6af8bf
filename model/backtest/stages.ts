import type { Stage } from '../../features/types.js';
import type { ReplayedVectors } from '../../features/vector-store.js';
import { baselineColumns, reportPart, type PartReport, type ScoredColumns } from './part-report.js';
import { STAGE_NAMES } from './run-history.js';

/** Figures by stage. */
export type StageReports = Readonly<Record<Stage, PartReport>>;

/** Decisions with the code of the stage of each. */
export interface StagedColumns extends ScoredColumns {
  readonly stages: Uint8Array;
}

/** Vectors with the model's risks. */
export function stagedColumns(vectors: ReplayedVectors, model: Float64Array): StagedColumns {
  return { labels: vectors.labels, stages: vectors.stages, model, ...baselineColumns(vectors) };
}

/** Figures of each stage over several sets of decisions together. */
export function reportStages(sets: readonly StagedColumns[]): StageReports {
  const joined: StagedColumns = {
    labels: bytes(sets.map((set) => set.labels)),
    stages: bytes(sets.map((set) => set.stages)),
    model: numbers(sets.map((set) => set.model)),
    historicalRate: numbers(sets.map((set) => set.historicalRate)),
    lastOutcome: numbers(sets.map((set) => set.lastOutcome)),
  };
  const of = (stage: Stage): PartReport =>
    reportPart(joined, (row) => STAGE_NAMES[joined.stages[row]!] === stage);
  return {
    planned: of('planned'),
    queued: of('queued'),
    running: of('running'),
    retrying: of('retrying'),
  };
}

function bytes(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function numbers(parts: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
