import { AppError } from '../../core/errors.js';
import { parameterShapes } from './architecture.js';
import type { FittedRisk } from './fitted-risk.js';
import { inputWidth } from './input-transform.js';

/**
 * Refuses a saved model whose parts do not fit together: scores from it would be nonsense, or NaN.
 *
 * @throws AppError `input_invalid`, saying which part.
 */
export function checkFitted(fitted: FittedRisk): void {
  const { network, features } = fitted;
  if (network === null) return;
  const { transform, architecture, parameters } = network;
  if (transform.rawWidth !== features.length) {
    throw misfit(`its inputs come from ${transform.rawWidth} features, and it names ${features.length}`);
  }
  if (architecture.inputs !== inputWidth(transform)) {
    throw misfit(
      `its network takes ${architecture.inputs} inputs, and its features give ${inputWidth(transform)}`,
    );
  }
  const shapes = parameterShapes(architecture);
  if (parameters.length !== shapes.length) {
    throw misfit(`it has ${parameters.length} arrays of weights, and its network needs ${shapes.length}`);
  }
  shapes.forEach(([rows, columns], k) => {
    const weights = parameters[k]!;
    if (weights.length !== rows * columns) {
      throw misfit(`array ${k} has ${weights.length} weights, and its network needs ${rows * columns}`);
    }
    if (!weights.every(Number.isFinite)) throw misfit(`array ${k} has weights that are not finite numbers`);
  });
}

function misfit(what: string): AppError {
  return new AppError('input_invalid', `The saved model does not fit together: ${what}.`, {
    fix: 'Train a new model (orc train), or go back to an earlier one (orc models rollback).',
  });
}
