import { AppError } from '../../core/errors.js';
import { packBundle, unpackBundle } from '../bundle.js';
import type { UsualLevels } from '../explanation/usual-level.js';
import { checkFitted } from '../network/check-fitted.js';
import type { FittedRisk } from '../network/fit-risk-network.js';

/** Everything that is kept of a model of one kind of subject; plain data. */
export interface SubjectModel {
  readonly fitted: FittedRisk;
  readonly usual: UsualLevels;
  /** Aspect of each feature, for explanations; empty for what tells the subject's usual level. */
  readonly groups: readonly string[];
}

const FORMAT = 'subject_model_3';

/** The model as bytes. */
export function packSubjectModel(model: SubjectModel): Buffer {
  return packBundle({ format: FORMAT, ...model });
}

/** @throws AppError `input_invalid` for bytes of another format, or whose parts do not fit together. */
export function unpackSubjectModel(saved: Buffer): SubjectModel {
  const { format, ...model } = unpackBundle(saved) as SubjectModel & { format?: unknown };
  if (format !== FORMAT) {
    throw new AppError(
      'input_invalid',
      `The saved model has format ${String(format)}; this version reads ${FORMAT}.`,
    );
  }
  checkFitted(model.fitted);
  return model;
}
