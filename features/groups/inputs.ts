/** Numbers that came with the try (numeric `extra` keys) against what is usual for the task: its size, so to speak. */
import { defineFeatures, type FeatureGroup, type GroupFactory } from '../group.js';
import { NumberTable } from '../table.js';
import { UsualValues } from './usual.js';

export const INPUTS = defineFeatures('inputs', [
  [
    'input__surprise__largest',
    'score',
    'the number known at queueing that is furthest from its usual, in standard deviations (of logarithms)',
  ],
  ['input__ratio__largest', 'log_ratio', 'logarithm of that number over its usual'],
  ['input__value__first', 'log1p', 'the first number known at queueing, by the order of its key'],
  [
    'result__surprise__largest',
    'score',
    'of the numbers known after the end of the latest try, the one furthest from its usual, in standard deviations',
  ],
  [
    'result__drift__largest',
    'log_ratio',
    'of the numbers known after the end, how far the one that drifts most is from its usual over the latest few tries',
  ],
]);

/** The number further from 0, taking any number over NaN. */
function further(left: number, right: number): number {
  return Math.abs(left) > Math.abs(right) ? left : right;
}

export const createInputs: GroupFactory = (keys): FeatureGroup => {
  const usual = new UsualValues(keys.measureIds);

  /** Of the results of the latest try by task: the largest surprise, the largest drift. */
  const results = new NumberTable([NaN, NaN], keys.taskIds);

  return {
    tryFeatures: INPUTS,

    tryQueued({ extra }) {
      for (let i = 0; i < extra.numberCount; i++) usual.add(extra.numberRows[i]!, extra.numbers[i]!);
    },

    tryEnded({ task, extra, label }) {
      if (label < 0 || (extra.postNumberCount === 0 && results.peek(task.id) === 0)) return;
      let surprise = NaN;
      let drift = NaN;
      for (let i = 0; i < extra.postNumberCount; i++) {
        const row = extra.postNumberRows[i]!;
        surprise = further(surprise, usual.add(row, extra.postNumbers[i]!));
        drift = further(drift, usual.drift(row));
      }
      const row = results.row(task.id);
      results.data[row] = surprise;
      results.data[row + 1] = drift;
    },

    readTry({ task, extra }, out, offset) {
      let surprise = NaN;
      let ratio = NaN;
      for (let i = 0; i < extra.numberCount; i++) {
        const row = extra.numberRows[i]!;
        if (row === 0) continue;
        const own = usual.surprise(row, extra.numbers[i]!);
        if (Math.abs(own) <= Math.abs(surprise)) continue;
        surprise = own;
        ratio = extra.numbers[i]! - usual.mean(row);
      }
      const result = results.peek(task.id);
      out[offset] = surprise;
      out[offset + 1] = ratio;
      out[offset + 2] = extra.firstNumber;
      out[offset + 3] = results.data[result]!;
      out[offset + 4] = results.data[result + 1]!;
    },
  };
};
