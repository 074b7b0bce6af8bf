/** What shares a property with the try: queue, owner, text values of `extra`, and the host of the task's latest start. */
import {
  D2,
  D32,
  H12,
  H3,
  TransitionRates,
  emptyRates,
  excessOnsets,
  failureRate,
  hazard,
  triesOf,
} from '../decay.js';
import { defineFeatures, type FeatureGroup, type GroupFactory, type TryMoment } from '../group.js';
import { knownValue } from '../keys.js';

export const NEIGHBOURS = defineFeatures('neighbours', [
  [
    'neighbours__failure_rate__2d',
    'ratio',
    'failures per try at a 2-day half-life of the queue, owner, run type or extra value that fails most',
  ],
  ['neighbours__failure_rate__32d', 'ratio', 'the same at a 32-day half-life'],
  [
    'neighbours__onset_rate__2d',
    'ratio',
    'failures per try after a success at a 2-day half-life of the one that breaks most',
  ],
  ['neighbours__onset_rate__32d', 'ratio', 'the same at a 32-day half-life'],
  [
    'neighbours__tries__32d',
    'count',
    'labelled tries of the rarest of these values, decayed at a 32-day half-life',
  ],
  [
    'host__failure_rate__12h',
    'ratio',
    'failures per try on the host where the task last started, 12-hour half-life',
  ],
  [
    'host__failure_rate__32d',
    'ratio',
    'failures per try on the host where the task last started, 32-day half-life',
  ],
]);

export const SAME_CAUSE = defineFeatures('same_cause', [
  [
    'neighbours__onset_rate__3h',
    'ratio',
    'failures per try after a success at a 3-hour half-life of the queue, owner, run type, host or extra value that breaks most; unknown, as the others of this group, while the task itself is failing',
  ],
  [
    'neighbours__excess_onsets__3h',
    'count',
    'onsets of other tasks beyond the usual of the one with most of them, decayed at a 3-hour half-life',
  ],
  ['neighbours__excess_onsets__12h', 'count', 'the same at a 12-hour half-life'],
  [
    'operator__excess_onsets__3h',
    'count',
    'onsets of other tasks of the operator beyond the usual, decayed at a 3-hour half-life',
  ],
  [
    'pool__excess_onsets__3h',
    'count',
    'onsets of other tasks in the pool beyond the usual, decayed at a 3-hour half-life',
  ],
]);

/** Queue, owner and run type. */
const COLUMNS = 3;

export const createNeighbours: GroupFactory = (keys): FeatureGroup => {
  const rates = new TransitionRates();
  const loaded = emptyRates();
  const ids = new Int32Array(COLUMNS);

  function add(id: number, { at, failed, previous, age }: TryMoment): void {
    if (id !== 0) rates.add(id, at, failed, previous === 1, age);
  }

  return {
    tryFeatures: [...NEIGHBOURS, ...SAME_CAUSE],

    tryStarted({ deployment, task, fact }) {
      if (fact.hostname !== null) task.lastHost = keys.value(deployment.hosts, fact.hostname);
    },

    tryEnded(moment) {
      const { deployment, fact, extra, label } = moment;
      if (label < 0) return;
      add(keys.value(deployment.queues, fact.queue), moment);
      add(keys.value(deployment.owners, fact.owner), moment);
      add(keys.value(deployment.runTypes, fact.runType), moment);
      add(keys.value(deployment.hosts, fact.hostname), moment);
      for (let i = 0; i < extra.textCount; i++) add(extra.texts[i]!, moment);
    },

    readTry(reading, out, offset) {
      const { deployment, subject, task, extra, now, baseRate, baseHazard, operator, pool, taskRates } =
        reading;
      let now3 = NaN;
      let excess3 = NaN;
      let excess12 = NaN;
      let short = NaN;
      let long = NaN;
      let shortOnset = NaN;
      let longOnset = NaN;
      let tries = NaN;
      ids[0] = knownValue(deployment.queues, subject.queue);
      ids[1] = knownValue(deployment.owners, subject.owner);
      ids[2] = knownValue(deployment.runTypes, subject.runType);
      for (let i = 0; i < COLUMNS + extra.textCount; i++) {
        const id = i < COLUMNS ? ids[i]! : extra.texts[i - COLUMNS]!;
        if (id === 0) continue;
        rates.load(id, now, loaded);
        short = larger(short, failureRate(loaded, D2, baseRate, 2));
        long = larger(long, failureRate(loaded, D32, baseRate, 2));
        shortOnset = larger(shortOnset, hazard(loaded, D2, baseHazard, 5));
        longOnset = larger(longOnset, hazard(loaded, D32, baseHazard, 5));
        tries = -larger(-tries, -triesOf(loaded, D32));
        now3 = larger(now3, hazard(loaded, H3, baseHazard, 5));
        excess3 = larger(excess3, excessOnsets(loaded, taskRates, H3, baseHazard));
        excess12 = larger(excess12, excessOnsets(loaded, taskRates, H12, baseHazard));
      }
      const host = task.lastHost;
      if (host !== 0) {
        rates.load(host, now, loaded);
        now3 = larger(now3, hazard(loaded, H3, baseHazard, 5));
        excess3 = larger(excess3, excessOnsets(loaded, taskRates, H3, baseHazard));
        excess12 = larger(excess12, excessOnsets(loaded, taskRates, H12, baseHazard));
      }
      out[offset] = short;
      out[offset + 1] = long;
      out[offset + 2] = shortOnset;
      out[offset + 3] = longOnset;
      out[offset + 4] = tries;
      out[offset + 5] = host === 0 ? NaN : failureRate(loaded, H12, baseRate, 2);
      out[offset + 6] = host === 0 ? NaN : failureRate(loaded, D32, baseRate, 2);
      // What befalls others warns a task that works; to one that fails it says rather that the cause may pass.
      const works = task.outcomes.last !== 1;
      let o = offset + NEIGHBOURS.length;
      out[o++] = works ? now3 : NaN;
      out[o++] = works ? excess3 : NaN;
      out[o++] = works ? excess12 : NaN;
      out[o++] =
        works && operator !== 0 ? excessOnsets(reading.operatorRates, taskRates, H3, baseHazard) : NaN;
      out[o++] = works && pool.id !== 0 ? excessOnsets(reading.poolRates, taskRates, H3, baseHazard) : NaN;
    },
  };
};

/** The larger of two numbers, taking any number over NaN. */
function larger(left: number, right: number): number {
  return left > right ? left : right;
}
