/** Deadlines that Airflow itself keeps for the runs of one DAG. Pure state, bounded. */
import type { UnixSeconds } from '../../core/facts.js';
import type { DeadlineFact } from '../../core/surroundings.js';

/** Runs whose deadlines are remembered; those told of longest ago go first. */
const MOST_RUNS = 64;

export class AirflowDeadlines {
  /** By run, then by Airflow's id of the deadline, which may be moved. */
  private readonly runs = new Map<string, Map<string, UnixSeconds>>();
  /** From due to the deadline of the latest run that ended; NaN where it had none. */
  private afterDueSeconds = NaN;

  observe({ runId, deadlineId, deadlineAt }: DeadlineFact): void {
    let deadlines = this.runs.get(runId);
    if (deadlines === undefined) {
      this.runs.set(runId, (deadlines = new Map<string, UnixSeconds>()));
      if (this.runs.size > MOST_RUNS) this.runs.delete(this.runs.keys().next().value!);
    }
    deadlines.set(deadlineId, deadlineAt);
  }

  /**
   * The deadline of a run, of several alerts the earliest. One of which Airflow has told nothing yet is expected to get as much
   * time as the latest run that ended; null where that had no deadline either.
   */
  of(runId: string | null, dueAt: UnixSeconds): UnixSeconds | null {
    const told = runId === null ? null : this.told(runId);
    if (told !== null) return told;
    return Number.isNaN(this.afterDueSeconds) ? null : dueAt + this.afterDueSeconds;
  }

  /** A run has ended: what it had is what the next one may expect. */
  end(runId: string, dueAt: UnixSeconds): void {
    const told = this.told(runId);
    this.afterDueSeconds = told === null ? NaN : told - dueAt;
    this.runs.delete(runId);
  }

  private told(runId: string): UnixSeconds | null {
    const deadlines = this.runs.get(runId);
    return deadlines === undefined ? null : Math.min(...deadlines.values());
  }
}
