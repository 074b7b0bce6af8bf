import type {
  DagFact,
  DagRunFact,
  Extra,
  FactTimes,
  FailureClass,
  FailureReasonFact,
  PoolFact,
  RunState,
  TaskFact,
  TryFact,
  TryState,
} from '../facts.js';
import type { DagDependencyFact, DagVersionFact, DeadlineFact, PlatformFact } from '../surroundings.js';
import type { BinaryCopyDecoder } from './binary-copy-decoder.js';

/** A fact with its kind. */
export type AnyFact =
  | { readonly kind: 'try'; readonly fact: TryFact }
  | { readonly kind: 'dag_run'; readonly fact: DagRunFact }
  | { readonly kind: 'dag'; readonly fact: DagFact }
  | { readonly kind: 'task'; readonly fact: TaskFact }
  | { readonly kind: 'pool'; readonly fact: PoolFact }
  | { readonly kind: 'failure_reason'; readonly fact: FailureReasonFact }
  | { readonly kind: 'dag_version'; readonly fact: DagVersionFact }
  | { readonly kind: 'dag_dependency'; readonly fact: DagDependencyFact }
  | { readonly kind: 'platform'; readonly fact: PlatformFact }
  | { readonly kind: 'deadline'; readonly fact: DeadlineFact };

/** Columns of every reading statement, in their order (sql/read-facts.sql). */
export const FACT_COLUMNS = 25;
const KIND = 0;
const FACT_ID = 1;
const EVENT_TIME = 2;
const KNOWN_AT = 3;
const VISIBILITY_ASSUMED = 4;
const DEPLOYMENT = 5;
const DAG_ID = 6;
const RUN_ID = 7;
const TASK_ID = 8;
const MAP_INDEX = 9;
const TRY_NUMBER = 10;
const STATE = 11;
const NEW_PHASES = 12;
const RUN_TYPE = 13;
const SCHEDULED_AT = 14;
const LOGICAL_DATE = 15;
const QUEUED_AT = 16;
const STARTED_AT = 17;
const ENDED_AT = 18;
const OPERATOR = 19;
const POOL = 20;
const QUEUE = 21;
const OWNER = 22;
const HOSTNAME = 23;
const EXTRA = 24;

/** Turns rows into facts; equal `extra` texts share one object, which nobody may change. */
export class FactReader {
  readonly #row: BinaryCopyDecoder;

  constructor(row: BinaryCopyDecoder) {
    this.#row = row;
  }

  /** The current row as a fact of any kind. */
  fact(): AnyFact {
    switch (this.#row.integer16(KIND)) {
      case 0:
        return { kind: 'try', fact: this.tryFact() };
      case 1:
        return { kind: 'dag_run', fact: this.dagRunFact() };
      case 2:
        return { kind: 'dag', fact: this.#described<DagFact>({ dagId: this.#required(DAG_ID) }) };
      case 3:
        return { kind: 'task', fact: this.#taskFact() };
      case 7:
        return { kind: 'failure_reason', fact: this.#failureReasonFact() };
      case 8:
        return {
          kind: 'dag_version',
          fact: this.#described<DagVersionFact>({ dagId: this.#required(DAG_ID) }),
        };
      case 9:
        return { kind: 'dag_dependency', fact: this.#described<DagDependencyFact>({}) };
      case 12:
        return { kind: 'platform', fact: this.#described<PlatformFact>({}) };
      case 13:
        return {
          kind: 'deadline',
          fact: this.#described<DeadlineFact>({
            dagId: this.#required(DAG_ID),
            runId: this.#required(RUN_ID),
          }),
        };
      default:
        return { kind: 'pool', fact: this.#described<PoolFact>({ pool: this.#required(POOL) }) };
    }
  }

  tryFact(): TryFact {
    const row = this.#row;
    return {
      factId: row.integer64(FACT_ID),
      eventTime: row.timestamp(EVENT_TIME)!,
      knownAt: row.timestamp(KNOWN_AT)!,
      visibilityAssumed: row.boolean(VISIBILITY_ASSUMED),
      deployment: this.#required(DEPLOYMENT),
      dagId: this.#required(DAG_ID),
      runId: this.#required(RUN_ID),
      taskId: this.#required(TASK_ID),
      mapIndex: row.integer32(MAP_INDEX),
      tryNumber: row.integer32(TRY_NUMBER),
      state: this.#required(STATE) as TryState,
      newPhases: row.integer16(NEW_PHASES),
      runType: row.text(RUN_TYPE),
      scheduledAt: row.timestamp(SCHEDULED_AT),
      queuedAt: row.timestamp(QUEUED_AT),
      startedAt: row.timestamp(STARTED_AT),
      endedAt: row.timestamp(ENDED_AT),
      operator: row.text(OPERATOR),
      pool: row.text(POOL),
      queue: row.text(QUEUE),
      owner: row.text(OWNER),
      hostname: row.text(HOSTNAME),
      extra: row.json(EXTRA) as Extra | null,
    };
  }

  dagRunFact(): DagRunFact {
    const row = this.#row;
    return Object.assign(this.#times(), {
      deployment: this.#required(DEPLOYMENT),
      dagId: this.#required(DAG_ID),
      runId: this.#required(RUN_ID),
      state: this.#required(STATE) as RunState,
      newPhases: row.integer16(NEW_PHASES),
      runType: row.text(RUN_TYPE),
      runAfter: row.timestamp(SCHEDULED_AT),
      logicalDate: row.timestamp(LOGICAL_DATE),
      queuedAt: row.timestamp(QUEUED_AT),
      startedAt: row.timestamp(STARTED_AT),
      endedAt: row.timestamp(ENDED_AT),
    });
  }

  #failureReasonFact(): FailureReasonFact {
    const row = this.#row;
    return Object.assign(this.#times(), {
      deployment: this.#required(DEPLOYMENT),
      dagId: this.#required(DAG_ID),
      runId: this.#required(RUN_ID),
      taskId: this.#required(TASK_ID),
      mapIndex: row.integer32(MAP_INDEX),
      pool: row.text(POOL),
      failureClass: this.#required(STATE) as FailureClass,
      templateId: row.text(EXTRA),
    });
  }

  #taskFact(): TaskFact {
    const row = this.#row;
    return this.#described<TaskFact>({
      dagId: this.#required(DAG_ID),
      taskId: this.#required(TASK_ID),
      operator: row.text(OPERATOR),
      pool: row.text(POOL),
      queue: row.text(QUEUE),
      owner: row.text(OWNER),
    });
  }

  #described<T extends FactTimes>(columns: Partial<T>): T {
    const description = this.#row.json(EXTRA) as Partial<T>;
    const deployment = this.#required(DEPLOYMENT);
    return Object.assign(this.#times(), { deployment }, columns, description) as unknown as T;
  }

  /** To be assigned to: V8 takes some fifty times as long for a literal that begins by spreading this. */
  #times(): FactTimes {
    const row = this.#row;
    return {
      factId: row.integer64(FACT_ID),
      eventTime: row.timestamp(EVENT_TIME)!,
      knownAt: row.timestamp(KNOWN_AT)!,
      visibilityAssumed: row.boolean(VISIBILITY_ASSUMED),
    };
  }

  #required(column: number): string {
    return this.#row.text(column)!;
  }
}
