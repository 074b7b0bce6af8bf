/** From which weights a training starts: those of the model in use, or none. */
import type { Database } from '../../core/database/port.js';
import { savedModels } from '../registry/loaded-model.js';
import type { PackedModels } from '../registry/loaded-model.js';
import type { ModelVersion, TrainingStart } from '../registry/model-version.js';
import { servingProblem } from '../registry/servable.js';
import type { SubjectKind } from '../types.js';
import type { SavedStart } from './jobs.js';

export interface ChosenStart {
  readonly start: TrainingStart;
  /** By kind of subject; null from scratch. */
  readonly initial: Readonly<Record<SubjectKind, SavedStart>> | null;
}

export interface StartConditions {
  /** Trainings in a row that may go on from earlier weights; 0: none. */
  readonly warmStarts: number;
  readonly featureSetHash: string;
  /** Tries to learn from now. */
  readonly rows: number;
}

/** With so many times the tries, what was chosen from the fewer is chosen anew. */
const GROWN = 2;

/** Why a training may not go on from the champion's weights; null when it may. Pure. */
export function reasonForScratch(champion: ModelVersion | null, conditions: StartConditions): string | null {
  const { warmStarts, featureSetHash, rows } = conditions;
  if (warmStarts === 0) return 'asked for';
  if (champion === null) return 'there is no model in use';
  if (champion.featureSetHash !== featureSetHash) return 'the model in use reads other features';
  const { warm_starts: before, scratch_rows: scratchRows } = startOf(champion);
  if (before >= warmStarts) return `${before} in a row went on from earlier weights`;
  if (rows >= GROWN * scratchRows)
    return `the history has grown from ${scratchRows} to ${rows} tries since the last training from scratch`;
  return null;
}

/** Reads the champion's weights where they may be gone on from. */
export async function chooseStart(
  database: Database,
  champion: ModelVersion | null,
  conditions: StartConditions,
): Promise<ChosenStart> {
  const { rows } = conditions;
  let reason = reasonForScratch(champion, conditions);
  if (reason === null) {
    const problem = await servingProblem(database, champion!.version);
    if (problem !== null) reason = `the model in use cannot serve: ${problem}`;
  }
  if (reason !== null) {
    return { start: { from: null, warm_starts: 0, scratch_rows: rows, reason }, initial: null };
  }
  const { version, parameters } = champion!;
  const { warm_starts: before, scratch_rows: scratchRows } = startOf(champion!);
  const start = { from: version, warm_starts: before + 1, scratch_rows: scratchRows, reason: null };
  return { start, initial: initialOf(await savedModels(database, version), parameters.learnt_until) };
}

function initialOf(saved: PackedModels, learntUntil: number): Readonly<Record<SubjectKind, SavedStart>> {
  return { try: { saved: saved.try, learntUntil }, dag_run: { saved: saved.dag_run, learntUntil } };
}

/** Versions that name no start were trained from scratch. */
function startOf(version: ModelVersion): Pick<TrainingStart, 'warm_starts' | 'scratch_rows'> {
  return version.parameters.start ?? { warm_starts: 0, scratch_rows: version.trainingRows };
}
