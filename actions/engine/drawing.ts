/** The hold-out, drawn before anything is decided. */
import { readSalt } from '../ledger/control.js';
import { drawArm, type Draw, type DrawUnit } from '../value/draw.js';
import type { EngineOptions } from './options.js';

/** Null where nothing is held out. @param isDrawn false for what is protected: neither acted on nor compared */
export async function drawFor(
  { database, config }: EngineOptions,
  unit: DrawUnit,
  isDrawn: boolean,
): Promise<Draw | null> {
  const share = config.held_out_share;
  return share > 0 && isDrawn ? drawArm(await readSalt(database), unit, share) : null;
}

/** As the ledger keeps it. */
export function drawnColumns(draw: Draw | null): {
  readonly arm: Draw['arm'] | null;
  readonly treatedProbability: number | null;
} {
  return { arm: draw?.arm ?? null, treatedProbability: draw?.treatedProbability ?? null };
}
