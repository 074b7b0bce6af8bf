// Draws docs/images/slack-incident.png from a message's blocks and email-incident.png from an e-mail's HTML, with Chromium.
// The incident is made up; what is drawn is what would be sent. Needs `npm run build`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cardOf } from '../dist/alerts/messages/card.js';
import { emailMessage } from '../dist/alerts/messages/email-message.js';
import { slackMessage } from '../dist/alerts/messages/slack-message.js';

const now = Date.parse('2026-11-25T12:00:00Z') / 1000;
const incident = {
  id: 17,
  deployment: 'production',
  kind: 'failure',
  subject: 'finance_daily',
  team: 'finance',
  severity: 'critical',
  runId: 'scheduled__2026-11-25T11:00:00+00:00',
  phase: 'at_risk',
  openedAt: now - 120,
  quietSince: null,
  closedAt: null,
  outcome: null,
  situation: {
    pool: null,
    atRisk: [],
    dag: {
      risk: 0.72,
      usualRisk: 0.12,
      stage: 'running',
      runId: 'scheduled__2026-11-25T11:00:00+00:00',
      dueAt: now - 3600,
      startedAt: now - 900,
      task: { taskId: 'load_ledger', risk: 0.64 },
      failedTasks: [],
      lateRisk: 0.35,
      deadline: { at: now + 3600, source: 'configured' },
      expectedEnd: [now + 1200, now + 1800, now + 3000],
      reasons: [
        'Task `load_ledger` failed in 3 of its last 5 runs',
        'Pool `warehouse` has been full for 20 min',
      ],
      allReasons: [],
      suggestion: 'Look at the connection of `load_ledger` before it starts.',
      downstream: ['finance_report', 'board_pack'],
      downstreamAssets: ['s3://warehouse/finance/ledger'],
      nextDeadline: { dagId: 'board_pack', at: now + 7200, source: 'configured' },
      lastFailure: {
        runId: 'scheduled__2026-11-25T11:00:00+00:00',
        taskId: 'load_ledger',
        failureClass: 'transient_infrastructure',
        evidence: 'OperationalError: could not connect to server: Connection refused',
        isRecent: true,
        logUrl:
          'https://airflow.example.com/dags/finance_daily/runs/scheduled__2026-11-25T11%3A00%3A00%2B00%3A00/tasks/load_ledger?try_number=1',
      },
    },
  },
  situationAt: now,
  revision: 1,
  acknowledgedAt: null,
  acknowledgedBy: null,
  snoozedUntil: null,
  snoozedBy: null,
};
const alert = {
  fingerprint: 'f',
  labels: {},
  annotations: {
    runbook_url: 'https://orc.example.com/runbooks/OrcDagFailureRisk',
    dashboard_url: 'https://grafana.example.com/d/orc-dag',
  },
  startsAt: now - 150,
  resolvedAt: null,
  receivedAt: now - 120,
};
const card = cardOf(incident, [alert], {
  now,
  publicUrl: 'https://orc.example.com',
  airflowUrl: () => 'https://airflow.example.com',
});

/** mrkdwn, as far as our messages use it, to HTML. Its entities are HTML's own. */
function drawText({ type, text }) {
  if (type === 'plain_text') return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return text
    .replace(/<!date\^\d+\^[^|]*\|([^>]*)>/g, '$1')
    .replace(/<(https?:[^|>]+)\|([^>]*)>/g, '<a href="$1">$2</a>')
    .replace(/`([^`\n]+)`/g, '<code>$1</code>')
    .replace(/(^|\s)\*([^*\n]+)\*/g, '$1<b>$2</b>')
    .replaceAll('\n', '<br>');
}

function drawBlock(block) {
  if (block.type === 'header') return `<h3>${drawText(block.text)}</h3>`;
  if (block.type === 'section') return `<p>${drawText(block.text)}</p>`;
  if (block.type === 'context') return `<small>${block.elements.map(drawText).join(' &nbsp; ')}</small>`;
  return `<div>${block.elements.map((e) => `<button class="${e.style ?? ''}">${drawText(e.text)}</button>`).join('')}</div>`;
}

const style = `body{margin:0;padding:16px 20px;font:15px/1.46 Lato,'DejaVu Sans',sans-serif;color:#1d1c1d;background:#fff}
h3{font-size:18px;margin:0 0 8px}p{margin:0 0 8px}small{display:block;font-size:12.5px;color:#616061;margin:4px 0 10px}
code{background:#f6f6f6;border:1px solid #ddd;border-radius:3px;padding:1px 3px;font:12px monospace;color:#c01343}a{color:#1264a3;text-decoration:none}
.app{display:flex;gap:8px;align-items:center;margin-bottom:6px;font-size:14px}.app i{width:32px;height:32px;border-radius:6px;background:#4a154b;display:inline-block}
.app span{background:#ddd;font-size:10px;padding:1px 4px;border-radius:2px}button{font:bold 13px sans-serif;border:1px solid #bbb;background:#fff;border-radius:4px;padding:6px 12px;margin-right:8px}
button.primary{background:#007a5a;color:#fff;border-color:#007a5a}`;
const { blocks } = slackMessage(card, { incidentId: 17, snoozeHours: 4 });
const slack = `<!doctype html><meta charset="utf-8"><style>${style}</style><div class="app"><i></i><b>ORC AI</b><span>APP</span></div>${blocks.map(drawBlock).join('')}`;

const folder = mkdtempSync(join(tmpdir(), 'orc-draw-'));
for (const [name, html, size] of [
  ['slack-incident', slack, '720,480'],
  ['email-incident', emailMessage(card).html, '720,560'],
]) {
  const page = join(folder, `${name}.html`);
  writeFileSync(page, html);
  execFileSync(
    'chromium',
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      `--user-data-dir=${join(folder, 'profile')}`,
      `--window-size=${size}`,
      `--screenshot=docs/images/${name}.png`,
      `file://${page}`,
    ],
    { stdio: 'ignore', timeout: 60_000 },
  );
}
