/** How good the served risks turned out to be, how far the inputs drifted, and every version of the model with its card. */
import { BEYOND_USUAL, DRIFTED } from '../../core/drift-bounds.js';
import { driftRatio, type Drift } from '../../model/quality/drift.js';
import { NEEDED_FAILURES, NEEDED_OUTCOMES } from '../../model/quality/live-quality.js';
import type { QualitySubset, SubsetQuality } from '../../model/quality/live-quality.js';
import type { QualityView } from '../../model/quality/quality-follower.js';
import type { ScoreWriterStatus } from '../../model/quality/score-writer.js';
import { modelCard, type CardSection } from '../../model/registry/model-card.js';
import type { ModelVersion } from '../../model/registry/model-version.js';
import { formatCount, formatShare, formatTime } from './format.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';
import { renderLayout } from './layout.js';
import type { PageContext } from './page-context.js';

export interface ModelView {
  /** Newest first. */
  readonly versions: readonly ModelVersion[];
  readonly quality: QualityView | null;
  readonly stored: ScoreWriterStatus | null;
}

/** Versions shown with their cards. */
const VERSIONS_SHOWN = 20;
const FEATURES_SHOWN = 8;
/** The index from which on a feature is worth a look. */
const MOVED = 0.1;

const SUBSETS: readonly (readonly [QualitySubset, string])[] = [
  ['all', 'Tries'],
  ['onset', 'Tries after a success'],
  ['dag_runs', 'DAG runs'],
  ['dag_runs_onset', 'DAG runs after a success'],
];

const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

function table(head: readonly string[], rows: readonly (readonly HtmlValue[])[]): Html {
  return html`<div class="table-wrap">
    <table>
      <thead>
        <tr>
          ${head.map((cell) => html`<th scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([first, ...cells]) =>
            html`<tr>
              <th scope="row">${first}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function qualityRow(name: string, quality: SubsetQuality): HtmlValue[] {
  const { rows, failures, metrics, perfectForecastError } = quality;
  const error = metrics.expected_calibration_error;
  const isOff =
    error !== null && perfectForecastError !== null && error > Math.max(0.02, perfectForecastError);
  return [
    name,
    rows.toLocaleString('en-US'),
    failures.toLocaleString('en-US'),
    figure(metrics.average_precision),
    figure(metrics.brier),
    html`<span class="${isOff ? 'level-text-elevated' : ''}">${figure(error)}</span>`,
    figure(perfectForecastError),
  ];
}

function qualitySection({ quality: view, stored }: ModelView): Html {
  const counts =
    stored !== null &&
    html` Scores stored since ORC started:
    ${stored.written.toLocaleString('en-US')}${
      stored.dropped > 0 &&
      html`, <b class="level-text-elevated">${stored.dropped.toLocaleString('en-US')} dropped</b>`
    }.`;
  if (view === null) {
    return html`<section>
      <h2>Live quality</h2>
      <p class="faint">Not known yet: it is worked out from scores whose outcome has come in.${counts}</p>
    </section>`;
  }
  const { from, until, subsets } = view.quality;
  return html`<section>
    <h2>Live quality</h2>
    <p class="faint lead">
      Risks that were served, against what happened, ${formatTime(from)} to ${formatTime(until)}. A subject
      counts once, by its last score before it started.${counts}
    </p>
    ${table(
      [
        '',
        'Outcomes',
        'Failed',
        'Average precision',
        'Brier score',
        'Calibration error',
        'Of a perfect forecast, at most',
      ],
      SUBSETS.map(([subset, name]) => qualityRow(name, subsets[subset])),
    )}
    <p class="faint">
      Figures appear from ${NEEDED_OUTCOMES} outcomes on, those of ranking with ${NEEDED_FAILURES} failures
      among them. A perfect forecast exceeds the last column in one case of twenty at this size.
    </p>
  </section>`;
}

function driftWord(psi: number, usual = 0): string {
  if (driftRatio({ psi, usual }) >= 1) return 'drifted';
  return psi < MOVED ? 'stable' : psi <= usual ? 'as usual' : 'moved';
}

function driftOf(name: string, drift: Drift | null): Html {
  if (drift === null) {
    return html`<h3>${name}</h3>
      <p class="faint">Not known yet: the model in use kept nothing to compare with.</p>`;
  }
  const outcome =
    drift.outcome === null || drift.liveFailureRate === null
      ? html`Too few outcomes to compare the share of failures.`
      : html`Failures: ${formatShare(drift.liveFailureRate)}, ${formatShare(drift.trainingFailureRate)} in
        training (index ${figure(drift.outcome)}, ${driftWord(drift.outcome)}).`;
  if (drift.inputs === null) {
    return html`<h3>${name}</h3>
      <p>
        <span class="faint"
          >Inputs: not known yet, too few subjects were scored as they began, or in too short a time.</span
        >
        ${outcome}
      </p>`;
  }
  const { rows, features } = drift.inputs;
  const drifted = features.filter((feature) => driftRatio(feature) >= 1).length;
  return html`<h3>${name}</h3>
    <p>
      ${drifted} of ${formatCount(features.length, 'feature')} drifted on a sample of
      ${rows.toLocaleString('en-US')} vectors. ${outcome}
    </p>
    ${table(
      ['Feature', 'Stability index', 'Within training, at most', ''],
      features
        .slice(0, FEATURES_SHOWN)
        .map(({ feature, psi, usual }) => [
          html`<code>${feature}</code>`,
          figure(psi),
          figure(usual),
          driftWord(psi, usual),
        ]),
    )}`;
}

function driftSection({ quality }: ModelView): HtmlValue {
  if (quality === null) return null;
  return html`<section>
    <h2>Drift</h2>
    <p class="faint lead">
      How far the vectors of subjects that began of late are from those that the model learnt from: population
      stability index, below ${MOVED} stable. A feature has drifted from ${DRIFTED} on, if that is also
      ${BEYOND_USUAL} times the most that as long a time of what the model learnt from differs by from the
      rest of it. Ages and counts of all that ever was are left out: time alone moves them.
    </p>
    ${driftOf('Tries', quality.drift.try)} ${driftOf('DAG runs', quality.drift.dag_run)}
  </section>`;
}

function cardSection({ heading, facts, table: figures, notes }: CardSection): Html {
  return html`<h3>${heading}</h3>
    ${
      facts.length > 0 &&
      html`<dl class="facts">
        ${facts.map(
          ([label, value]) =>
            html`<div>
              <dt>${label}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>`
    }
    ${figures !== null && table(figures.head, figures.rows)}
    ${
      notes.length > 0 &&
      html`<ul class="notes">
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>`
    }`;
}

function versionCard(version: ModelVersion): Html {
  const { sections } = modelCard(version);
  const last = version.history.at(-1);
  return html`<details
    id="model-${version.version}"
    class="model"
    ${version.role === 'champion' && html`open`}
  >
    <summary>
      <code>${version.version}</code> <span class="badge">${version.role}</span>
      <span class="faint">${last?.reason ?? 'never in use'}</span>
    </summary>
    ${sections.map(cardSection)}
  </details>`;
}

/** The page `/models`. */
export function renderModels(context: PageContext, view: ModelView): string {
  const shown = view.versions.slice(0, VERSIONS_SHOWN);
  return renderLayout(
    context,
    'Model',
    html`<div class="models">
      <h1>Model</h1>
      ${qualitySection(view)} ${driftSection(view)}
      <section>
        <h2>Versions</h2>
        ${
          shown.length === 0
            ? html`<p>No model yet. Train the first:</p>
                <pre><code>orc train</code></pre>`
            : shown.map(versionCard)
        }
        ${
          view.versions.length > shown.length &&
          html`<p class="faint">
            And ${view.versions.length - shown.length} older: <code>orc models list</code>.
          </p>`
        }
      </section>
    </div>`,
  );
}
