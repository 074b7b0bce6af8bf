/** Pages that show no risk: an error, the sign-in form. They say nothing of what the scores know. */
import { html } from '../../core/html.js';

function bare(title: string, assetVersion: string, content: ReturnType<typeof html>): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ORC AI</title>
        <link rel="icon" href="/assets/icon.svg?v=${assetVersion}" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/orc.css?v=${assetVersion}" />
      </head>
      <body>
        <header class="top">
          <a class="brand" href="/"
            ><img src="/assets/icon.svg?v=${assetVersion}" alt="" width="26" height="26" />ORC AI</a
          >
        </header>
        <main id="content"><section class="empty">${content}</section></main>
      </body>
    </html> `.text;
}

export function renderError(status: number, message: string, assetVersion: string): string {
  return bare(
    `Error ${status}`,
    assetVersion,
    html`<h1>${status === 404 ? 'Not here' : 'That did not work'}</h1>
      <p>${message}</p>
      <p><a href="/">Back to the overview</a></p>`,
  );
}

export function renderSignIn(problem: string | null, assetVersion: string): string {
  return bare(
    'Sign in',
    assetVersion,
    html`<h1>Sign in</h1>
      <p>This ORC asks for an API token. Make one with <code>orc tokens create NAME</code>.</p>
      ${problem !== null && html`<p class="banner banner-warning" role="alert">${problem}</p>`}
      <form class="sign-in" method="post" action="/sign-in">
        <label>
          API token
          <input type="password" name="token" required autocomplete="current-password" spellcheck="false" />
        </label>
        <button type="submit">Sign in</button>
      </form>`,
  );
}
