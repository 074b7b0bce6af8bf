import type { Progress, ProgressListener } from '../core/progress.js';

export interface ProgressPrinter {
  readonly listener: ProgressListener;
  /** Removes the progress line before other output. */
  readonly clear: () => void;
}

const REDRAW_EVERY_MS = 100;

/** One line that is redrawn on a terminal; silent where standard error is not one. */
export function createProgressPrinter(stream: NodeJS.WriteStream): ProgressPrinter {
  let drawn = false;
  let lastAt = 0;
  let lastStep = '';
  const clear = (): void => {
    if (drawn) stream.write('\r\u001b[2K');
    drawn = false;
  };
  const listener: ProgressListener = (progress) => {
    const now = Date.now();
    if (!stream.isTTY || (progress.step === lastStep && now - lastAt < REDRAW_EVERY_MS)) return;
    if (lastStep !== '' && progress.step !== lastStep) stream.write('\n');
    lastAt = now;
    lastStep = progress.step;
    stream.write(`\r\u001b[2K${formatProgress(progress).slice(0, stream.columns - 1)}`);
    drawn = true;
  };
  return { listener, clear };
}

/** For example `training: 12 of 30 epochs (40 %)`. */
export function formatProgress({ step, done, total, unit }: Progress): string {
  const count = Math.round(done).toLocaleString('en-US');
  if (total === undefined || total <= 0) return `${step}: ${count} ${unit}`;
  const share = Math.min(100, Math.floor((100 * done) / total));
  return `${step}: ${count} of ${Math.round(total).toLocaleString('en-US')} ${unit} (${share} %)`;
}
