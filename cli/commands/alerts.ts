import { InvalidArgumentError, Option, type Command } from 'commander';
import { SEVERITIES } from '../../alerts/index.js';
import { count, duration } from '../../features/words.js';
import { alertFiles, writeAlertFiles } from '../alerts/write-files.js';
import { previewAlerts, type AlertsPreview } from '../alerts/preview.js';
import { sendTestAlert } from '../alerts/send-test.js';
import { addCommand, addGroup, formatTable } from '../command.js';
import { createContext, withDatabase, type CommonOptions } from '../context.js';
import { formatFigure } from '../format-metrics.js';

/** `orc alerts render/preview/test` */
export function addAlerts(program: Command): void {
  const alerts = addGroup(
    program,
    'alerts',
    'warnings: rules for Prometheus, routes for Alertmanager, and what they would send',
    'orc alerts preview --last 30d',
  );
  addRender(alerts);
  addPreview(alerts);
  addTest(alerts);
}

function addRender(alerts: Command): void {
  addCommand(
    alerts,
    'render',
    'write rule files for Prometheus and alertmanager.yaml, from the configuration',
    'orc alerts render --out /etc/orc-alerts',
  )
    .option('--out <dir>', 'folder to write to; without it they are printed')
    .action(async (options: CommonOptions & { out?: string }) => {
      const { context, finish } = createContext(options);
      try {
        if (options.out === undefined) {
          const files = alertFiles(context.config);
          context.print({ files }, () =>
            Object.entries(files)
              .map(([name, text]) => `# ${name}\n${text}`)
              .join('---\n'),
          );
          return;
        }
        const written = await writeAlertFiles(context.config, options.out);
        context.print({ written }, () => written.map((path) => `wrote ${path}`).join('\n'));
      } finally {
        finish();
      }
    });
}

const MOST_DAYS = 3650;

/** `30d` or `12h`, in days. */
export function parseDays(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([dh])$/.exec(text) ?? [];
  const days = Number(digits) / (unit === 'h' ? 24 : 1);
  if (!(days > 0 && days <= MOST_DAYS))
    throw new InvalidArgumentError(`expected days or hours, such as 30d or 12h, up to ${MOST_DAYS}d.`);
  return days;
}

function addPreview(alerts: Command): void {
  addCommand(
    alerts,
    'preview',
    'what the configured costs and budget would have sent on this history; sends nothing',
    'orc alerts preview --last 30d',
  )
    .addOption(
      new Option('--last <span>', 'how far back, such as 30d or 12h').argParser(parseDays).default(30, '30d'),
    )
    .action(async (options: CommonOptions & { last: number }) => {
      const { context, finish } = createContext(options);
      const { config, signal } = context;
      try {
        const preview = await withDatabase(context, (database) =>
          previewAlerts({
            ...{ database, signal, config: config.alerts, days: options.last, now: context.clock() },
            seed: config.model.seed,
            onProgress: context.progress,
          }),
        );
        context.print(preview, () => formatPreview(preview));
      } finally {
        finish();
      }
    });
}

const LISTED = 20;

/** Totals, the thresholds behind them, and the latest warnings by name. */
export function formatPreview(preview: AlertsPreview): string {
  const { warnings, right, missed, lead_seconds: lead, thresholds, listed } = preview;
  const ahead = lead.median === null ? '' : `, a median of ${duration(lead.median)} ahead`;
  const range = ({ lowest, highest }: { lowest: number; highest: number }): string =>
    lowest === highest ? formatFigure(lowest) : `${formatFigure(lowest)} to ${formatFigure(highest)}`;
  const rows = listed.warnings
    .slice(-LISTED)
    .map((one) => [
      one.at,
      one.deployment,
      one.dag_id,
      formatFigure(one.risk),
      one.right
        ? `failed ${one.lead_seconds === null ? '' : `${duration(one.lead_seconds)} later`}`
        : 'did not fail',
    ]);
  const kind = preview.risks === 'served' ? 'as they were served' : 'by a model that had not seen them';
  return [
    `${preview.from} to ${preview.to} (${formatFigure(preview.days)} days), risks ${kind}`,
    `warn above a risk of ${range(thresholds.warning)}, critical above ${range(thresholds.critical)}${
      preview.raised.length === 0 ? '' : `; raised for the budget in ${preview.raised.join(', ')}`
    }`,
    ...(preview.feedback.length === 0 ? [] : [formatFeedback(preview.feedback)]),
    `${count(warnings, 'warning')} (${formatFigure(preview.warnings_per_day)} a day), ${right} right${ahead}; ${count(missed, 'failure')} without a warning`,
    ...(rows.length === 0
      ? []
      : [`the latest ${rows.length}:\n${formatTable(['at', 'deployment', 'DAG', 'risk', 'then'], rows)}`]),
  ].join('\n\n');
}

function formatFeedback(feedback: AlertsPreview['feedback']): string {
  const dearest = Math.max(...feedback.map(({ cost_factor: factor }) => factor));
  const named = feedback.slice(0, LISTED).map(({ deployment, dag_id: dagId }) => `${dagId} in ${deployment}`);
  const others = feedback.length - named.length;
  return `called not useful, so that a warning costs up to ${formatFigure(dearest)} times as much: ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

function addTest(alerts: Command): void {
  addCommand(
    alerts,
    'test',
    'send a test alert, marked as one, to the configured Alertmanager',
    'orc alerts test --team core',
  )
    .option('--team <name>', 'label `team` of the alert, to see where its route leads')
    .addOption(
      new Option('--severity <level>', 'label `severity` of the alert')
        .choices([...SEVERITIES])
        .default('warning'),
    )
    .action(async (options: CommonOptions & { team?: string; severity: string }) => {
      const { context, finish } = createContext(options);
      try {
        const target = { team: options.team ?? null, severity: options.severity, now: context.clock() };
        const url = await sendTestAlert(context.config, target, context.signal);
        context.print({ sent: true, url }, `sent a test alert to ${url}; it resolves within five minutes`);
      } finally {
        finish();
      }
    });
}
