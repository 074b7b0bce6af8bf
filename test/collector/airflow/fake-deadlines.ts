import { formatInstant } from '../../../collector/airflow/instant.js';
import type { FakeDeadline, FakeRun, FakeWorld } from './fake-rows.js';
import { uuid7 } from './fake-world.js';

/** A deadline that a run has got at a time. */
export function addDeadline(
  world: FakeWorld,
  run: FakeRun,
  { at, due }: { readonly at: number; readonly due: number },
): FakeDeadline {
  const deadline: FakeDeadline = {
    id: uuid7(at),
    dag_id: run.dag_id,
    dag_run_id: run.dag_run_id,
    deadline_time: formatInstant(due),
    missed: false,
    created_at: formatInstant(at),
    alert_id: null,
    alert_name: 'on time',
    last_updated_at: formatInstant(at),
  };
  world.deadlines.push(deadline);
  return deadline;
}

/** The scheduler marks a deadline as missed. */
export function missDeadline(deadline: FakeDeadline, at: number): void {
  Object.assign(deadline, { missed: true, last_updated_at: formatInstant(at) });
}
