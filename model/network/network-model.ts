import { AppError } from '../../core/errors.js';
import { startBackend } from '../backend.js';
import { packBundle, unpackBundle } from '../bundle.js';
import { StratifiedMixture } from '../calibration/stratified-mixture.js';
import { sigmoid } from '../log-odds.js';
import { everyRow } from '../rows.js';
import type { LabelledVectors, RiskModel, RiskModelKind } from '../types.js';
import { checkFitted } from './check-fitted.js';
import { fitRiskNetwork } from './fit-risk-network.js';
import { scoreParts } from './score-parts.js';
import type { FittedRisk } from './fit-risk-network.js';

/** Scores with a fitted network and its mixture as training left it. */
export class NetworkModel implements RiskModel {
  readonly mixture: StratifiedMixture;

  constructor(readonly fitted: FittedRisk) {
    this.mixture = new StratifiedMixture(fitted.network !== null, fitted.mixture);
  }

  async predict(values: Float32Array, rows: number): Promise<Float64Array> {
    return (await this.logOdds(values, rows)).map(sigmoid);
  }

  /** The log-odds behind {@link predict}. */
  async logOdds(values: Float32Array, rows: number): Promise<Float64Array> {
    if (this.fitted.network) await startBackend();
    const scores = scoreParts(this.fitted, values, everyRow(rows));
    const out = new Float64Array(rows);
    for (let row = 0; row < rows; row++) out[row] = this.mixture.logOdds(scores, row);
    return out;
  }

  /** Lets the mixture follow outcomes, in the order in which they became known; those of one moment count together. */
  async learn(outcomes: LabelledVectors, rows: Int32Array): Promise<void> {
    if (rows.length === 0) return;
    if (this.fitted.network) await startBackend();
    const { labelKnownAt, values } = outcomes;
    const order = rows.slice().sort((a, b) => labelKnownAt[a]! - labelKnownAt[b]! || a - b);
    const scores = scoreParts(this.fitted, values, order);
    const labels = Uint8Array.from(order, (row) => outcomes.labels[row]!);
    const each = new Float64Array(order.length * this.mixture.notes);
    for (let from = 0; from < order.length;) {
      let to = from;
      while (to < order.length && labelKnownAt[order[to]!] === labelKnownAt[order[from]!]) {
        this.mixture.logOdds(scores, to, each, to * this.mixture.notes);
        to++;
      }
      const together = Int32Array.from({ length: to - from }, (_, i) => from + i);
      const knownAt = labelKnownAt[order[from]!]!;
      this.mixture.observe(scores, { rows: together, labels, knownAt }, each);
      from = to;
    }
  }

  save(): Buffer {
    return packBundle({ kind: NETWORK_KIND, fitted: { ...this.fitted, mixture: this.mixture.state() } });
  }
}

const NETWORK_KIND = 'risk_network';

/** The network behind the interface of all models; `fit` blocks its thread. */
export const riskNetwork: RiskModelKind = {
  name: NETWORK_KIND,
  async fit(vectors, part, options) {
    await startBackend();
    return new NetworkModel(fitRiskNetwork(vectors, part, options).fitted);
  },
  load(saved) {
    const { kind, fitted } = unpackBundle(saved) as { kind?: unknown; fitted: FittedRisk };
    if (kind !== NETWORK_KIND) {
      throw new AppError(
        'input_invalid',
        `These bytes hold a model of kind ${String(kind)}, not ${NETWORK_KIND}.`,
      );
    }
    checkFitted(fitted);
    return new NetworkModel(fitted);
  },
};
