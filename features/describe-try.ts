/** What each group of features says of a try. */
import {
  describeFailureKind,
  describeFailureReason,
  describeOnsetHazard,
  describeRetry,
  describeTaskHistory,
} from './describe-record.js';
import { describeCalendar, describeInputs, describeLoad, describeTiming } from './describe-setting.js';
import {
  comparison,
  describeOutage,
  lowering,
  neutral,
  raising,
  ratioWords,
  time,
  type Describer,
  type Saying,
  type SubjectNames,
  type ReadFeature,
  quoted,
} from './describe-shared.js';
import { describeChange, describeSameCause, describeUpstream, describePlatform } from './describe-signals.js';
import { duration, percent } from './words.js';

const WEEK_SECONDS = 7 * 86_400;
/** Log-odds from which on the time that a try has run is worth telling. */
const NOTABLE_SHIFT = 0.1;

const widerHistory: Describer = (read, names) => {
  const pool = names.pool === null ? 'this pool' : `pool ${quoted(names.pool)}`;
  const operator = names.operator === null ? 'this operator' : quoted(names.operator);
  const of = (entity: string, name: string, aspect?: string) =>
    comparison(
      read(`${entity}__failure_rate__2d`),
      read(`${entity}__failure_rate__32d`),
      (now, usual) => `tries of ${name} failed ${now} in the last days, usually ${usual}`,
      aspect,
    );
  return [
    of('dag', 'this DAG'),
    of('operator', operator),
    of('pool', pool, 'capacity'),
    of('deployment', 'the deployment'),
  ];
};

const durationOf: Describer = (read) => {
  const usual = read('task__duration__usual');
  const ratio = read('task__duration_ratio__last');
  const last = ratioWords(ratio);
  const drift = read('task__duration_drift__recent');
  const timeout = read('task__timeout_share__usual');
  const ofTimeout = timeout * Math.exp(drift);
  const nearTimeout = (): string => timeoutWords(Math.expm1(usual), timeout, ofTimeout);
  const lately = ratioWords(drift);
  const outlasting = read('try__outlasting__now');
  const underWay = (): string =>
    `has run for ${time(read('try__elapsed__now'))}, usually takes ${time(usual)}`;
  return [
    raising(outlasting > NOTABLE_SHIFT, underWay),
    lowering(outlasting < -NOTABLE_SHIFT, underWay),
    raising(ofTimeout > 0.5, nearTimeout),
    lowering(ofTimeout <= 0.5, nearTimeout),
    last === null
      ? lowering(!Number.isNaN(usual), () => `takes ${time(usual)}, as usual`)
      : longer(ratio, () => `its last success took ${last} ${time(usual)}`),
    lately === null ? null : longer(drift, () => `its latest successes took ${lately}`),
    waiting(read, 'task__queue_wait_surprise__last', 'it waited longer than usual for a slot last time'),
    waiting(read, 'pool__queue_wait_surprise__3h', 'tries of its pool wait longer than usual for a slot'),
    waiting(
      read,
      'deployment__queue_wait_surprise__3h',
      'tries wait longer than usual for a slot everywhere',
    ),
  ];
};

/** "lately it takes 87 % of its timeout of 60 minutes, usually 66 %". */
function timeoutWords(usualSeconds: number, share: number, shareLately: number): string {
  const allowed = duration(usualSeconds / share);
  return Math.abs(Math.log(shareLately / share)) < NOTABLE_SHIFT
    ? `it usually takes ${percent(share)} of its timeout of ${allowed}`
    : `lately it takes ${percent(shareLately)} of its timeout of ${allowed}, usually ${percent(share)}`;
}

/** What took longer than usual may come to an end that it should not; what was quicker says nothing. */
function longer(logRatio: number, text: () => string) {
  return logRatio > 0 ? raising(true, text) : neutral(logRatio < 0, text);
}

function waiting(read: ReadFeature, feature: string, text: string) {
  return raising(read(feature) > 1, () => text, 'capacity');
}

const neighbours: Describer = (read) => [
  comparison(
    read('neighbours__failure_rate__2d'),
    read('neighbours__failure_rate__32d'),
    (now, usual) => `tries with the same queue, owner or label failed ${now} lately, usually ${usual}`,
  ),
  comparison(
    read('host__failure_rate__12h'),
    read('host__failure_rate__32d'),
    (now, usual) => `tries on its last host failed ${now} lately, usually ${usual}`,
  ),
];

const description: Describer = (read) => {
  const task = read('task__since_change__now');
  const dag = read('dag__since_change__now');
  return [
    raising(Math.expm1(dag) < WEEK_SECONDS, () => `the DAG changed or appeared ${time(dag)} ago`),
    raising(Math.expm1(task) < WEEK_SECONDS, () => `the task changed or appeared ${time(task)} ago`),
    lowering(
      Math.expm1(Math.min(dag, task)) >= WEEK_SECONDS,
      () => `the DAG has not changed for ${time(Math.min(dag, task))}`,
    ),
  ];
};

const DESCRIBERS: Readonly<Record<string, Describer>> = {
  task_history: describeTaskHistory,
  failure_reason: describeFailureReason,
  failure_kind: describeFailureKind,
  onset_hazard: describeOnsetHazard,
  retry: describeRetry,
  outage: describeOutage,
  neighbours,
  load: describeLoad,
  wider_history: widerHistory,
  duration: durationOf,
  calendar: describeCalendar,
  timing: describeTiming,
  inputs: describeInputs,
  description,
  change: describeChange,
  same_cause: describeSameCause,
  upstream: describeUpstream,
  platform: describePlatform,
};

/** Groups in the order in which their words come where several are of one aspect. */
export const TRY_GROUPS = Object.keys(DESCRIBERS);

/** What a group says of a try; null for a group without words. */
export function describeTryGroup(group: string, read: ReadFeature, names: SubjectNames): Saying {
  return DESCRIBERS[group]?.(read, names) ?? null;
}
