import { formatCount, formatDuration, formatTime } from './format.js';
import { html, type Html, type HtmlValue } from '../../core/html.js';
import { STALE_SECONDS, isReplay, type PageContext } from './page-context.js';

function freshness({ board, status, now, troubledSources }: PageContext): Html {
  if (board === null)
    return html`<p class="freshness"><span class="dot dot-wait"></span>${status.detail}</p>`;
  const age = now - board.refreshedAt;
  const stale = age > STALE_SECONDS;
  const deployments = [...board.knownDags.keys()];
  return html`<p class="freshness">
    ${
      deployments.length > 0 &&
      html`<span title="${deployments.join(', ')}"
          >${deployments.length === 1 ? deployments[0] : formatCount(deployments.length, 'deployment')}</span
        >
        <span class="separator">·</span>`
    }
    <span class="dot ${stale ? 'dot-stale' : 'dot-live'}"></span>
    <span title="${formatTime(board.refreshedAt)}"
      >Scores <span data-age="${Math.round(age)}">${formatDuration(age)}</span> old</span
    >
    <span class="separator">·</span>
    <span title="Trained ${formatTime(board.model.trainedAt)}"
      >Model <code>${board.model.version}</code></span
    >
    ${troubledSources > 0 && html`<span class="separator">·</span><a class="trouble" href="/sources"><span class="dot dot-failing"></span>${formatCount(troubledSources, 'source')} in trouble</a>`}
    ${isReplay(board) && html`<span class="badge" title="History is replayed: this page shows that moment">Replay of ${formatTime(board.asOf)}</span>`}
  </p>`;
}

function staleWarning({ board, status, now }: PageContext): HtmlValue {
  if (board === null || now - board.refreshedAt <= STALE_SECONDS) return null;
  return html`<p class="banner banner-warning" role="alert">
    These scores are ${formatDuration(now - board.refreshedAt)} old: ORC cannot refresh
    them.${status.lastError !== null && html` Reason: ${status.lastError}`}
  </p>`;
}

/** What waits for a person, on every page but that of actions itself. */
function actionsLine({ actions }: PageContext, title: string): HtmlValue {
  if (actions === null || title === 'Actions' || (actions.waiting === 0 && !actions.isStopped)) return null;
  const { waiting, isStopped } = actions;
  return html`<p class="banner banner-note">
    ${isStopped && html`Actions are stopped.`}
    ${waiting > 0 && html`${formatCount(waiting, 'action waits', 'actions wait')} for a decision.`}
    <a href="/actions">Look at ${waiting === 1 ? 'it' : 'them'}</a>
  </p>`;
}

/** A whole document. `content` goes into `main`, which the script replaces at each refresh. */
export function renderLayout(context: PageContext, title: string, content: HtmlValue): string {
  const asset = (name: string): string => `/assets/${name}?v=${context.assetVersion}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ORC AI</title>
        <link rel="icon" href="${asset('icon.svg')}" type="image/svg+xml" />
        <link rel="stylesheet" href="${asset('orc.css')}" />
        <script src="${asset('orc.js')}" defer></script>
      </head>
      <body>
        <a class="skip" href="#content">Skip to content</a>
        <header class="top">
          <a class="brand" href="/"><img src="${asset('icon.svg')}" alt="" width="26" height="26" />ORC AI</a>
          <nav aria-label="Pages">
            <a href="/">Risks</a
            ><a href="/incidents">Incidents</a
            >${context.actions !== null && html`<a href="/actions">Actions</a>`}<a href="/sources">Sources</a
            ><a href="/models">Model</a>
          </nav>
          <div id="freshness">${freshness(context)}</div>
          ${
            context.signedIn &&
            html`<form method="post" action="/sign-out">
              <button class="quiet" type="submit">Sign out</button>
            </form>`
          }
        </header>
        <p id="offline" class="banner banner-warning" role="alert" hidden>
          Connection to ORC lost. This page shows what was known before; it refreshes as soon as ORC answers.
        </p>
        <main id="content">${staleWarning(context)}${actionsLine(context, title)}${content}</main>
        <footer>
          ORC AI ${context.version} <span class="separator">·</span> <a href="/metrics">Metrics</a>
          <span class="separator">·</span> <a href="/api/v1/risks">API</a> <span class="separator">·</span>
          <a href="/api/v1/openapi.json">OpenAPI</a>
        </footer>
      </body>
    </html> `;
  return page.text;
}
