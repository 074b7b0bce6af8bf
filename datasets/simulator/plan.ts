import { Random } from './random.js';

/** One task of a simulated DAG. */
export interface SimulatedTask {
  readonly taskId: string;
  readonly operator: string;
  readonly pool: string;
  /** Outside system that it needs; null when it needs none. */
  readonly system: string | null;
  readonly upstream: readonly number[];
  readonly medianSeconds: number;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly retryDelaySeconds: number;
  /** Chance of a failure without any other cause. */
  readonly flakiness: number;
  /** Its duration grows until it meets the timeout, then somebody fixes it. */
  readonly isDrifting: boolean;
  /** It needs more memory on the days when the load is high. */
  readonly isHeavy: boolean;
  /** Number of mapped instances; 0 when it is not mapped. */
  readonly mapped: number;
}

/** One simulated DAG. */
export interface SimulatedDag {
  readonly index: number;
  readonly dagId: string;
  readonly owner: string;
  readonly queue: string;
  /** Hours between runs. */
  readonly everyHours: number;
  /** First hour of the day in which it runs. */
  readonly firstHour: number;
  readonly minute: number;
  readonly isWeekdaysOnly: boolean;
  readonly tasks: readonly SimulatedTask[];
}

/** Outside systems; when one is down, every task that needs it fails. */
export const SYSTEMS = ['crm', 'billing', 'ads', 'warehouse', 'events', 'partner-sftp'] as const;

/** Pools of the simulated Airflow. */
export const POOLS = ['default_pool', 'warehouse', 'spark'] as const;

const DOMAINS = ['sales', 'finance', 'marketing', 'risk', 'logistics', 'product', 'people', 'search'];
const SUBJECTS = [
  'orders',
  'ledger',
  'campaigns',
  'scores',
  'shipments',
  'usage',
  'payroll',
  'ranking',
  'invoices',
];
const STEPS = ['extract', 'stage', 'clean', 'join', 'aggregate', 'train', 'validate', 'publish', 'notify'];
const OPERATORS = [
  'PythonOperator',
  'BashOperator',
  'SQLExecuteQueryOperator',
  'SparkSubmitOperator',
  'KubernetesPodOperator',
];
const HOURS_BETWEEN_RUNS = [1, 6, 24, 24, 24, 24];

/** The DAG number `index` of the world that `seed` makes. */
export function planDag(seed: number, index: number): SimulatedDag {
  const random = new Random(seed, 1, index);
  const domain = random.pick(DOMAINS);
  const everyHours = random.pick(HOURS_BETWEEN_RUNS);
  const count = random.integer(3, 10);
  const tasks: SimulatedTask[] = [];
  for (let position = 0; position < count; position++) tasks.push(planTask(random, position));
  return {
    index,
    dagId: `${domain}_${random.pick(SUBJECTS)}_${String(index).padStart(3, '0')}`,
    owner: `team-${domain}`,
    queue: random.chance(0.1) ? 'high-memory' : 'default',
    everyHours,
    firstHour: everyHours === 24 ? random.pick([0, 1, 2, 3, 3, 3, 4, 6]) : 0,
    minute: random.pick([0, 0, 0, 5, 15, 30]),
    isWeekdaysOnly: everyHours === 24 && random.chance(0.2),
    tasks,
  };
}

function planTask(random: Random, position: number): SimulatedTask {
  const medianSeconds = random.logNormal(180, 0.9);
  const step = STEPS[Math.min(position, STEPS.length - 1)]!;
  const needsSystem = random.chance(position < 2 ? 0.7 : 0.15);
  return {
    taskId: `${step}_${position}`,
    operator: random.pick(OPERATORS),
    pool: random.chance(0.25) ? 'spark' : random.chance(0.3) ? 'warehouse' : 'default_pool',
    system: needsSystem ? random.pick(SYSTEMS) : null,
    upstream: planUpstream(random, position),
    medianSeconds,
    timeoutSeconds: Math.max(600, medianSeconds * 4),
    retries: random.pick([0, 1, 1, 2]),
    retryDelaySeconds: random.pick([60, 300, 300]),
    flakiness: random.chance(0.15) ? random.between(0.02, 0.15) : 0.002,
    isDrifting: random.chance(0.05),
    isHeavy: random.chance(0.08),
    mapped: random.chance(0.05) ? random.integer(2, 6) : 0,
  };
}

function planUpstream(random: Random, position: number): number[] {
  if (position === 0) return [];
  const first = random.integer(Math.max(0, position - 3), position - 1);
  const second = random.integer(0, position - 1);
  return random.chance(0.2) && second !== first ? [first, second] : [first];
}

/** Whether the DAG has a run that is due in this hour (hours since the epoch). */
export function isDue(dag: SimulatedDag, hour: number): boolean {
  const hourOfDay = hour % 24;
  if ((hourOfDay - dag.firstHour + 24) % dag.everyHours !== 0) return false;
  return !(dag.isWeekdaysOnly && isWeekend(hour));
}

/** 1970-01-01 was a Thursday. */
export function weekday(hour: number): number {
  return (Math.floor(hour / 24) + 4) % 7;
}

function isWeekend(hour: number): boolean {
  const day = weekday(hour);
  return day === 0 || day === 6;
}
