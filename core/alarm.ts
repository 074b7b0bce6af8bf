/** A wait that can be cut short. */
export interface Alarm {
  /** Ends the wait, or else the next one before it begins: however often it rings until then, one wait is ended. */
  ring(): void;
  /** Resolves after this time, when it rings, or when the signal aborts. One wait at a time. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export function createAlarm(): Alarm {
  let hasRung = false;
  let end: (() => void) | null = null;
  return {
    ring() {
      hasRung = true;
      end?.();
    },
    async wait(milliseconds, signal) {
      if (!hasRung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            end = null;
            resolve();
          };
          const timer = setTimeout(done, milliseconds);
          signal.addEventListener('abort', done, { once: true });
          end = done;
        });
      }
      hasRung = false;
    },
  };
}
