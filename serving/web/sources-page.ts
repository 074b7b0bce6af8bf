/** How the collection of each source goes. */
import type { UnixSeconds } from '../../core/facts.js';
import type { SourceStatus } from '../source-status.js';
import type { StatsdCounts } from '../statsd-metrics.js';
import { formatDuration, formatRelative, formatShare, formatTime } from './format.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';
import { renderLayout } from './layout.js';
import type { PageContext } from './page-context.js';

export interface SourcesView {
  readonly sources: readonly SourceStatus[];
  readonly statsd: readonly StatsdCounts[];
  /** Counters count from here on. */
  readonly startedAt: UnixSeconds;
}

/** A source that sends by itself counts as silent after this: StatsD has a window every ten seconds. */
const SILENT_SECONDS = 60;
/** Times of Airflow and ORC no longer fit together well beyond this, as in `orc check`. */
const SKEW_WARNING_SECONDS = 5;

const NAMES: Readonly<Record<string, string>> = {
  airflow_rest: 'Airflow REST API',
  airflow_metadata: 'Airflow metadata database',
  statsd: 'StatsD',
  statsd_exporter: 'statsd_exporter',
};

export interface SourceState {
  readonly name: 'ok' | 'waiting' | 'silent' | 'failing';
  readonly text: string;
}

/** How a source is, at one glance. */
export function sourceState(source: SourceStatus, now: UnixSeconds): SourceState {
  if (source.polling?.failure != null) return { name: 'failing', text: 'Failing' };
  if (source.lastSuccessAt === null) return { name: 'waiting', text: 'Nothing yet' };
  if (source.polling === undefined && now - source.lastSuccessAt > SILENT_SECONDS)
    return { name: 'silent', text: 'Silent' };
  return { name: 'ok', text: 'Working' };
}

const DOTS: Readonly<Record<SourceState['name'], string>> = {
  ok: 'dot-live',
  waiting: 'dot-wait',
  silent: 'dot-stale',
  failing: 'dot-failing',
};

function fact(label: string, value: HtmlValue, title = '', tone = ''): Html {
  return html`<div>
    <dt>${label}</dt>
    <dd class="${tone}" title="${title}">${value}</dd>
  </div>`;
}

/** `12`, `3.4`, `0.02`: three digits at most where they say something. */
function formatRate(perSecond: number): string {
  if (perSecond === 0) return '0';
  return perSecond >= 10 ? Math.round(perSecond).toLocaleString('en-US') : perSecond.toPrecision(2);
}

function formatSkew(seconds: number): string {
  if (Math.abs(seconds) < 1) return 'under 1 s';
  return `${formatDuration(Math.abs(seconds))} ${seconds > 0 ? 'ahead' : 'behind'}`;
}

function pollingFacts({ polling }: SourceStatus, now: UnixSeconds): HtmlValue {
  if (polling === undefined) return null;
  const { knownUntil, clockSkewSeconds, passSeconds } = polling;
  const isSkewed = clockSkewSeconds !== null && Math.abs(clockSkewSeconds) > SKEW_WARNING_SECONDS;
  return [
    fact(
      'Lag',
      knownUntil === null ? '–' : formatDuration(now - knownUntil),
      'Everything that Airflow knew before is collected',
    ),
    fact('Last pass took', passSeconds === null ? '–' : formatDuration(passSeconds)),
    fact(
      'Clock of Airflow',
      clockSkewSeconds === null ? '–' : formatSkew(clockSkewSeconds),
      'Against the clock of ORC',
      isSkewed ? 'level-text-elevated' : '',
    ),
  ];
}

/** Loss is what was dropped of all that came: full kernel buffers, too many series, a database that was away. */
function statsdFacts(counts: StatsdCounts | undefined): HtmlValue {
  if (counts === undefined) return null;
  const { packets, samples, parseErrors, dropped } = counts;
  const loss = samples + dropped === 0 ? 0 : dropped / (samples + dropped);
  const lossTone = dropped > 0 ? 'level-text-elevated' : '';
  return [
    fact('Datagrams', packets.toLocaleString('en-US')),
    fact('Samples', samples.toLocaleString('en-US')),
    fact('Unreadable lines', parseErrors.toLocaleString('en-US')),
    fact(
      'Lost',
      `${dropped.toLocaleString('en-US')} (${formatShare(loss)})`,
      'Kernel drops included',
      lossTone,
    ),
  ];
}

function sourceCard(source: SourceStatus, view: SourcesView, now: UnixSeconds): Html {
  const { lastSuccessAt, rows, errors } = source;
  const state = sourceState(source, now);
  const failure = source.polling?.failure ?? null;
  const isStatsd = source.polling === undefined;
  const counts = isStatsd
    ? view.statsd.find(({ deployment }) => deployment === source.deployment)
    : undefined;
  const rate = rows / Math.max(1, now - view.startedAt);
  return html`<li class="source source-${state.name}">
    <h3>
      ${NAMES[source.source] ?? source.source}
      <span class="source-state"><span class="dot ${DOTS[state.name]}"></span>${state.text}</span>
    </h3>
    <dl class="facts">
      ${fact(
        'Last success',
        lastSuccessAt === null ? 'never' : formatRelative(lastSuccessAt, now),
        lastSuccessAt === null ? '' : formatTime(lastSuccessAt),
      )}
      ${pollingFacts(source, now)}
      ${fact('Facts', rows.toLocaleString('en-US'), `since ${formatTime(view.startedAt)}`)}
      ${fact('Facts per second', formatRate(rate), `mean since ${formatTime(view.startedAt)}`)}
      ${statsdFacts(counts)}
      ${fact('Errors', errors.toLocaleString('en-US'), '', errors > 0 ? 'level-text-elevated' : '')}
    </dl>
    ${
      failure !== null &&
      html`<p class="banner banner-warning" role="alert">
        ${failure.message}${failure.fix !== null && html`<br /><b>To do:</b> ${failure.fix}`}
      </p>`
    }
  </li>`;
}

function tile(value: string, label: string, tone = ''): Html {
  return html`<div class="tile ${tone}">
    <dt>${label}</dt>
    <dd>${value}</dd>
  </div>`;
}

function deploymentSection(deployment: string, view: SourcesView, now: UnixSeconds): Html {
  const sources = view.sources.filter((source) => source.deployment === deployment);
  const version = sources.find(({ polling }) => polling?.airflowVersion != null)?.polling?.airflowVersion;
  return html`<section>
    <h2>${deployment} ${version !== undefined && html`<span class="badge">Airflow ${version}</span>`}</h2>
    <ul class="sources">
      ${sources.map((source) => sourceCard(source, view, now))}
    </ul>
  </section>`;
}

/** Every source of every deployment, with what went wrong and what to do. */
export function renderSources(context: PageContext, view: SourcesView): string {
  const { sources } = view;
  const { now } = context;
  if (sources.length === 0) {
    const empty = html`<section class="empty">
      <h1>No sources</h1>
      <p>
        No Airflow is configured, so nothing is collected: the history here was imported, or is the demo's
        recording. Connect an Airflow:
      </p>
      <pre><code>orc init</code></pre>
    </section>`;
    return renderLayout(context, 'Sources', empty);
  }
  const count = (name: SourceState['name']): number =>
    sources.filter((source) => sourceState(source, now).name === name).length;
  const failing = count('failing') + count('silent');
  const facts = sources.reduce((sum, { rows }) => sum + rows, 0);
  const errors = sources.reduce((sum, each) => sum + each.errors, 0);
  return renderLayout(
    context,
    'Sources',
    html`<h1>Sources</h1>
      <p class="faint lead">
        Where the facts come from, counted since ORC started at ${formatTime(view.startedAt)}.
      </p>
      <dl class="tiles tiles-four">
        ${tile(`${count('ok')} of ${sources.length}`, 'sources working')}
        ${tile(String(failing), 'failing or silent', failing > 0 ? 'tile-alarm' : '')}
        ${tile(facts.toLocaleString('en-US'), 'facts collected')}
        ${tile(errors.toLocaleString('en-US'), 'collections failed', errors > 0 ? 'tile-warn' : '')}
      </dl>
      ${[...new Set(sources.map(({ deployment }) => deployment))].map((name) =>
        deploymentSection(name, view, now),
      )}`,
  );
}
