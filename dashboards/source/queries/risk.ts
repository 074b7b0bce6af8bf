/** What the scores say of DAGs, pools and tasks. */
import { METRICS } from '../../../core/metric-names.js';
import { chosen, highestBy, is, OF_DAG, OF_DEPLOYMENT, select, within, type Selectable } from '../promql.js';

export const DAG_LABELS = ['deployment', 'dag_id'] as const;
const TASK_LABELS = [...DAG_LABELS, 'task_id'] as const;

/** Only DAGs of the chosen teams, as they are at the end of the time range: what a DAG did before it was theirs is theirs too. */
const ofTeam = (vector: string): string =>
  `${vector} and on (deployment, dag_id) ${select(METRICS.dagInfo, { team: chosen('team') })} @ end()`;
const perDag = (metric: Selectable, range = ''): string =>
  highestBy(DAG_LABELS, ofTeam(`${select(metric, OF_DAG)}${range}`));

export const failureRisk = perDag(METRICS.dagFailureRisk);
/** The median over the span of the variable `usual`. */
export const usualFailureRisk = highestBy(
  DAG_LABELS,
  ofTeam(`quantile_over_time(0.5, ${select(METRICS.dagFailureRisk, OF_DAG)}[$usual])`),
);
/** The risk from which a warning is worth its cost. */
export const warningThreshold = highestBy(
  DAG_LABELS,
  ofTeam(select(METRICS.riskThreshold, { ...OF_DAG, severity: is('warning') })),
);
export const aboveThreshold = `sum((${failureRisk}) > bool on (deployment, dag_id) (${warningThreshold}))`;
/** Against the time that the variable `change` says. */
export const failureRiskChange = `${failureRisk} - ${perDag(METRICS.dagFailureRisk, ' offset $change')}`;
export const lateRisk = perDag(METRICS.dagLateRisk);
/** 1 where the last finished run failed. */
export const lastRunFailed = perDag(METRICS.dagLastRunFailed);

/** Seconds that the last finished run took. */
export const lastRunDuration = perDag(METRICS.dagLastRunDuration);
/** The median over the span of the variable `usual`. */
export const usualDuration = highestBy(
  DAG_LABELS,
  ofTeam(`quantile_over_time(0.5, ${select(METRICS.dagLastRunDuration, OF_DAG)}[$usual])`),
);
/** Tries beyond the first in the last finished run. */
export const lastRunRetries = perDag(METRICS.dagLastRunRetries);

/** Unix seconds at which the code of a DAG last changed. */
export const codeChanged = perDag(METRICS.dagCodeChanged);

/** Unix seconds. */
export const expectedEnd = (quantile: '0.1' | '0.5' | '0.9'): string =>
  highestBy(DAG_LABELS, ofTeam(select(METRICS.dagExpectedEnd, { ...OF_DAG, quantile: is(quantile) })));

/** Of `vector`, the DAGs that are the riskiest now. */
export const ofRiskiest = (count: number, vector: string): string =>
  within(vector, DAG_LABELS, `topk(${count}, ${failureRisk})`);
/** The same over a span of time: the choice is made at its end, so that lines do not break. */
export const ofRiskiestAtEnd = (count: number, vector: string): string =>
  within(vector, DAG_LABELS, `topk(${count}, ${perDag(METRICS.dagFailureRisk, ' @ end()')})`);
/** Of `vector`, the DAGs that are the likeliest to be late. */
export const ofLatest = (count: number, vector: string): string =>
  within(vector, DAG_LABELS, `topk(${count}, ${lateRisk})`);
/** Of `vector`, the DAGs whose risk has moved the most. */
export const ofMostChanged = (count: number, vector: string): string =>
  within(vector, DAG_LABELS, `topk(${count}, abs(${failureRiskChange}))`);
/** Of `vector`, the DAGs that are expected to end next. */
export const ofNextToEnd = (count: number, vector: string): string =>
  within(vector, DAG_LABELS, `bottomk(${count}, ${expectedEnd('0.5')} > time())`);

export const highestFailureRisk = `max(${failureRisk})`;
export const scoredDags = `count(${failureRisk})`;
export const likelyLate = `sum(${lateRisk} > bool 0.5)`;
export const failedLast = `sum(${lastRunFailed})`;

const taskRiskAt = (range: string): string =>
  highestBy(TASK_LABELS, ofTeam(`${select(METRICS.taskFailureRisk, OF_DAG)}${range}`));
export const taskRisk = taskRiskAt('');
export const usualTaskRisk = highestBy(
  TASK_LABELS,
  ofTeam(`quantile_over_time(0.5, ${select(METRICS.taskFailureRisk, OF_DAG)}[$usual])`),
);
export const ofRiskiestTasks = (count: number, vector: string): string =>
  within(vector, TASK_LABELS, `topk(${count}, ${taskRisk})`);
export const ofRiskiestTasksAtEnd = (count: number, vector: string): string =>
  within(vector, TASK_LABELS, `topk(${count}, ${taskRiskAt(' @ end()')})`);

export const poolRisk = highestBy(['deployment', 'pool'], select(METRICS.poolSaturationRisk, OF_DEPLOYMENT));

/** A value of each DAG with its team; DAGs of no team are left out. */
const withTeam = (vector: string): string =>
  `(${vector}) * on (deployment, dag_id) group_left (team) max by (deployment, dag_id, team) (${select(
    METRICS.dagInfo,
    { ...OF_DAG, team: '!=""' },
  )})`;
export const dagsByTeam = `count by (team) (${withTeam(failureRisk)})`;
export const aboveThresholdByTeam = `sum by (team) (${withTeam(`(${failureRisk}) > bool on (deployment, dag_id) (${warningThreshold})`)})`;
export const highestRiskByTeam = `max by (team) (${withTeam(failureRisk)})`;
export const failedLastByTeam = `sum by (team) (${withTeam(lastRunFailed)})`;
