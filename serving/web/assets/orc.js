// Keeps the page current: fetches it again, and replaces the content without losing the reader's place.
'use strict';

const INTERVAL_MS = 10_000;
const AGE_INTERVAL_MS = 1_000;

const offline = document.getElementById('offline');

function formatAge(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

// The server says how old the scores were when it answered; this counts on from there, whatever this machine's clock says.
let answeredAt = performance.now();

function showAge() {
  const element = document.querySelector('[data-age]');
  if (element === null) return;
  element.textContent = formatAge(
    Math.round(Number(element.dataset.age) + (performance.now() - answeredAt) / 1000),
  );
}

function isBusy() {
  const active = document.activeElement;
  const isTyping = active !== null && active.matches('input, select, textarea');
  const selection = window.getSelection();
  // What is about to be pressed must not move away from under the pointer.
  const isAiming = document.querySelector('[data-still]:hover') !== null;
  return document.hidden || isTyping || isAiming || (selection !== null && !selection.isCollapsed);
}

async function refresh() {
  if (isBusy()) return;
  try {
    const response = await fetch(window.location.href, { headers: { Accept: 'text/html' } });
    if (response.redirected) {
      window.location.reload();
      return;
    }
    if (!response.ok) throw new Error(String(response.status));
    const next = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (isBusy()) return;
    answeredAt = performance.now();
    const focused =
      document.activeElement instanceof HTMLAnchorElement
        ? document.activeElement.getAttribute('href')
        : null;
    const unfolded = new Map([...document.querySelectorAll('details[id]')].map(({ id, open }) => [id, open]));
    const focusedFold = document.activeElement?.closest('details[id]')?.id ?? null;
    for (const id of ['content', 'freshness']) {
      const from = next.getElementById(id);
      const to = document.getElementById(id);
      if (from !== null && to !== null) to.replaceChildren(...from.childNodes);
    }
    for (const [id, open] of unfolded) {
      const fold = document.getElementById(id);
      if (fold !== null) fold.open = open;
    }
    if (focused !== null)
      document.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    else if (focusedFold !== null)
      document.getElementById(focusedFold)?.querySelector('summary')?.focus({ preventScroll: true });
    offline.hidden = true;
  } catch {
    offline.hidden = false;
  }
}

window.setInterval(() => void refresh(), INTERVAL_MS);
window.setInterval(showAge, AGE_INTERVAL_MS);
document.addEventListener('visibilitychange', () => void refresh());
