import type { DagRunObservation, TryObservation, UnixSeconds } from '../../core/facts.js';
import type { Recording } from './types.js';

const WEEK_SECONDS = 7 * 86_400;

/** Where the stretched recording has to end so that `now` falls into its last week, on the same weekday and hour. */
export function endAround(calendarEnd: UnixSeconds, now: UnixSeconds): UnixSeconds {
  return calendarEnd + Math.ceil((now - calendarEnd) / WEEK_SECONDS) * WEEK_SECONDS;
}

/**
 * The recording with every time multiplied around its end, so that minutes become the days they stand for, and moved so
 * that its end falls on `endsAt`. Durations given in task descriptions are multiplied too.
 */
export function stretchRecording(recording: Recording, endsAt: UnixSeconds): Recording {
  const { factor, recordedTo } = recording.card;
  const move = (time: UnixSeconds): UnixSeconds => endsAt + (time - recordedTo) * factor;
  const moveIfKnown = (time: UnixSeconds | null): UnixSeconds | null => (time === null ? null : move(time));
  const scale = (seconds: number | null): number | null => (seconds === null ? null : seconds * factor);
  const moveRun = (run: DagRunObservation): DagRunObservation => ({
    ...run,
    runAfter: moveIfKnown(run.runAfter),
    logicalDate: moveIfKnown(run.logicalDate),
    queuedAt: moveIfKnown(run.queuedAt),
    startedAt: moveIfKnown(run.startedAt),
    endedAt: moveIfKnown(run.endedAt),
  });
  const moveTry = (observation: TryObservation): TryObservation => ({
    ...observation,
    scheduledAt: moveIfKnown(observation.scheduledAt),
    queuedAt: moveIfKnown(observation.queuedAt),
    startedAt: moveIfKnown(observation.startedAt),
    endedAt: moveIfKnown(observation.endedAt),
  });
  return {
    ...recording,
    card: {
      ...recording.card,
      factor: 1,
      recordedFrom: move(recording.card.recordedFrom),
      recordedTo: endsAt,
    },
    dags: recording.dags.map((dag) => ({
      ...dag,
      schedule: describeSchedule(dag.schedule, factor),
      nextRunAfter: moveIfKnown(dag.nextRunAfter),
    })),
    tasks: recording.tasks.map((task) => ({
      ...task,
      retryDelaySeconds: scale(task.retryDelaySeconds),
      executionTimeoutSeconds: scale(task.executionTimeoutSeconds),
    })),
    dagRuns: recording.dagRuns.map(moveRun),
    tries: recording.tries.map(moveTry),
  };
}

/** `0:00:40` recorded at 2160 times the speed was meant as `every 24 h`; other schedules keep their words. */
function describeSchedule(schedule: string | null, factor: number): string | null {
  const match = /^(?:(\d+) days?, )?(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(schedule ?? '');
  if (match === null) return schedule;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part || 0));
  const meant = (days! * 86_400 + hours! * 3600 + minutes! * 60 + seconds!) * factor;
  return meant < 3600
    ? `every ${Math.round(meant / 60)} min`
    : `every ${Math.round((meant / 3600) * 10) / 10} h`;
}
