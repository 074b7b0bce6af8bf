/** The model in use: follows the registry, and lets the model follow what has ended. */
import { AppError, errorMessage } from '../../core/errors.js';
import type { UnixSeconds } from '../../core/facts.js';
import type { Logger } from '../../core/logger.js';
import { featureSetHash } from '../../features/registry.js';
import type { LoadedModel } from '../../model/types.js';
import type { ScorerState } from './board.js';
import type { OutcomeCursor, OutcomeFeed } from './outcome-feed.js';

/** Where models come from: the registry in the database. */
export interface ModelSource {
  /** The version in use, and the time up to which it has learnt from outcomes; null when there is none. */
  champion(): Promise<{ readonly version: string; readonly learntUntil: UnixSeconds } | null>;
  load(version: string): Promise<LoadedModel>;
}

const NOTHING: OutcomeCursor = { try: 0, dag_run: 0 };

export class ServedModel {
  /** Null until a model of the registry fits the features of this version of ORC. */
  loaded: LoadedModel | null = null;
  /** Time up to which it has learnt; null without a model. */
  learntUntil: UnixSeconds | null = null;
  /** Why the registry's champion cannot be used; null when it is. */
  problem: readonly [ScorerState, string] | null = null;
  /** The damaged version that was last logged. */
  private reported: string | null = null;
  /** Outcomes that it was told. */
  private cursor = NOTHING;

  constructor(
    private readonly source: ModelSource,
    private readonly logger: Logger,
  ) {}

  /** Puts the champion into use; true when that is another model than before. */
  async update(): Promise<boolean> {
    const champion = await this.source.champion();
    this.problem = null;
    if (champion === null) {
      this.problem = ['no_model', 'No model is in use: train one with `orc train`.'];
      return false;
    }
    const { version, learntUntil } = champion;
    if (this.loaded?.version === version) return false;
    const loaded = await this.load(version);
    if (loaded === null) return false;
    if (loaded.featureSetHash !== featureSetHash()) {
      loaded.dispose();
      const detail = `Model ${version} was trained on the features of another version of ORC: train again with \`orc train\`.`;
      this.problem = ['model_outdated', detail];
      return false;
    }
    this.loaded?.dispose();
    this.loaded = loaded;
    this.learntUntil = learntUntil;
    this.cursor = NOTHING;
    this.logger.info({ model_version: version }, 'model in use');
    return true;
  }

  /** Null when the version is damaged: the one in use, if any, goes on then. */
  private async load(version: string): Promise<LoadedModel | null> {
    try {
      return await this.source.load(version);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'input_invalid')) throw error;
      if (this.reported !== version)
        this.logger.error({ model_version: version, err: error }, 'the model cannot be used');
      this.reported = version;
      const fix = error instanceof AppError && error.fix !== undefined ? ` ${error.fix}` : '';
      this.problem = ['model_outdated', errorMessage(error) + fix];
      return null;
    }
  }

  /** A new feed numbers its outcomes anew. The model ignores those that it knows. */
  forgetCursor(): void {
    this.cursor = NOTHING;
  }

  /** Tells the model what has ended since the last call. */
  async learn(outcomes: OutcomeFeed): Promise<void> {
    const { end } = outcomes;
    for (const kind of ['try', 'dag_run'] as const) {
      if (end[kind] > this.cursor[kind]) await this.loaded?.observe(kind, outcomes.since(kind, this.cursor));
    }
    this.cursor = end;
  }

  dispose(): void {
    this.loaded?.dispose();
    this.loaded = null;
  }
}
