/** Why the risks that a report lists were what they were. */
import { describeAspect } from '../../features/describe.js';
import { DAG_RUN_FEATURES, featureIndex } from '../../features/registry.js';
import { frequency } from '../../features/words.js';
import { explainRows } from '../explanation/explain.js';
import { NetworkModel } from '../network/network-model.js';
import { unpackSubjectModel } from '../training/subject-model.js';
import type { RiskMoment } from './run-history.js';

const MOST_REASONS = 3;
/** Pushes weaker than this in log-odds are noise to a reader: 0.1 moves a risk of 50 % to 52 %. */
const WEAKEST_PUSH = 0.1;
const HISTORICAL_RATE = featureIndex(DAG_RUN_FEATURES, 'dag_run__historical_rate__30d');

/**
 * Explains moments with the model as training left it: the aspects that raised the risk, in words, strongest first; where none
 * did, how often the DAG fails.
 *
 * @param packed the model of DAG runs.
 * @param vectorOf the vector behind a moment.
 */
export async function explainMoments(
  packed: Uint8Array,
  moments: readonly RiskMoment[],
  vectorOf: (moment: RiskMoment) => Float32Array,
): Promise<ReadonlyMap<RiskMoment, readonly string[]>> {
  const model = unpackSubjectModel(Buffer.from(packed));
  const width = model.groups.length;
  const values = new Float32Array(moments.length * width);
  moments.forEach((moment, row) => {
    values.set(vectorOf(moment), row * width);
  });
  const network = new NetworkModel(model.fitted);
  const explanations = await explainRows(network, model.usual, model.groups, values, moments.length);
  return new Map(
    moments.map((moment, row) => {
      const vector = values.subarray(row * width, (row + 1) * width);
      const reasons = explanations[row]!.contributions.filter(({ logOdds }) => logOdds > WEAKEST_PUSH)
        .map(({ group, logOdds }) => describeAspect(group, logOdds, DAG_RUN_FEATURES, vector))
        .filter(({ isTelling }) => isTelling)
        .map(({ text }) => text);
      const rate = vector[HISTORICAL_RATE]!;
      if (reasons.length === 0 && !Number.isNaN(rate)) {
        return [moment, [`as usual for this DAG, whose runs fail ${frequency(rate)}`]];
      }
      return [moment, reasons.slice(0, MOST_REASONS)];
    }),
  );
}
