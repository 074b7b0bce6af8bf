import { open } from 'node:fs/promises';
import { AppError, errorMessage } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { RowSubject } from '../../features/vector-store.js';

const HEADER = 'deployment,dag_id,run_id,task_id,map_index,try_number,decision_time,failed,probability\n';
const ROWS_PER_WRITE = 5000;

/** One tested try. */
export interface Prediction {
  readonly subject: RowSubject;
  readonly decidedAt: UnixSeconds;
  readonly failed: number;
  readonly probability: number;
}

/**
 * Writes one CSV row per prediction.
 *
 * @throws AppError `input_invalid` when the file cannot be written.
 */
export async function writePredictions(path: string, rows: Iterable<Prediction>): Promise<void> {
  try {
    const file = await open(path, 'w');
    try {
      let text = HEADER;
      let count = 0;
      for (const row of rows) {
        text += formatPrediction(row);
        if (++count % ROWS_PER_WRITE === 0) {
          await file.write(text);
          text = '';
        }
      }
      await file.write(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new AppError('input_invalid', `Cannot write the predictions to ${path}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/** One line of the file. */
export function formatPrediction({ subject, decidedAt, failed, probability }: Prediction): string {
  const { deployment, dagId, runId, taskId, mapIndex, tryNumber } = subject;
  const texts = [deployment, dagId, runId, taskId].map(quoted).join(',');
  return `${texts},${mapIndex},${tryNumber},${isoTime(decidedAt)},${failed},${probability}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** ISO 8601 in UTC, with microseconds where there are any. */
function isoTime(seconds: UnixSeconds): string {
  const micros = Math.round(seconds * 1e6);
  const whole = Math.floor(micros / 1e6);
  const rest = micros - whole * 1e6;
  const base = new Date(whole * 1000).toISOString().slice(0, 19);
  return rest === 0 ? `${base}Z` : `${base}.${String(rest).padStart(6, '0')}Z`;
}
