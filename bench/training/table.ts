import type { Seconds } from '../timing.js';
import type { TrainingMeasurement } from './measurements.js';

/** The measurement as lines of text: seconds by the clock and of the processor, and the largest size of each process. */
export function trainingTable({ tries, features, store, fit, xgboost }: TrainingMeasurement): string {
  const lines = [
    row(`${tries} tries, ${features} features`, 'wall s', 'processor s', 'peak MiB'),
    ...(xgboost === null
      ? []
      : [
          times(
            'XGBoost on the vectors of the tries',
            { wall: xgboost.train_seconds, processor: xgboost.train_processor_seconds },
            xgboost.peak_mib,
          ),
        ]),
    times('network on the same vectors, from scratch', fit.scratch, fit.peakMiB),
    times('network on the same vectors, warm', fit.warm),
  ];
  for (const start of ['scratch', 'warm'] as const) {
    const { total, vectors, tries: ofTries, dagRuns, peakMiB } = store[start];
    lines.push(
      times(`orc train, ${start}`, total, peakMiB),
      times('  facts to vectors', vectors),
      times('  tries', ofTries),
      times('  DAG runs, storing', dagRuns),
    );
  }
  return `${lines.join('\n')}\n`;
}

function times(what: string, { wall, processor }: Seconds, peakMiB?: number | null): string {
  return row(what, wall.toFixed(1), processor.toFixed(1), peakMiB == null ? '' : String(peakMiB));
}

function row(what: string, ...cells: readonly string[]): string {
  return what.padEnd(44) + cells.map((cell) => cell.padStart(13)).join('');
}
