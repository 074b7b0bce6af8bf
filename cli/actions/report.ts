import type { Command } from 'commander';
import {
  countActions,
  precisionOf,
  readPromotions,
  readProposals,
  reportValue,
  type ActionCount,
  type Precision,
  type Promotion,
  type ProposalCount,
  type ValueLine,
} from '../../actions/index.js';
import { addCommand, formatTable } from '../command.js';
import type { CommonOptions } from '../context.js';
import { iso, withStore } from './with-store.js';

/** `orc actions report` */
export function addReport(actions: Command): void {
  addCommand(
    actions,
    'report',
    'what was proposed, decided and done, by action and cause',
    'orc actions report',
  ).action((options: CommonOptions) =>
    withStore(options, async (database, context) => {
      const counts = await countActions(database);
      const value = await reportValue(database);
      const proposals = (await readProposals(database)).map((count) => ({ ...count, ...precisionOf(count) }));
      const promotions = await readPromotions(database);
      context.print({ counts, value, proposals, promotions }, () =>
        [
          formatCounts(counts),
          ...proposals.map(formatProposals),
          ...formatValue(value),
          ...promotions.map(formatPromotion),
        ].join('\n\n'),
      );
    }),
  );
}

function formatCounts(counts: readonly ActionCount[]): string {
  if (counts.length === 0) return 'No actions.';
  return formatTable(
    ['deployment', 'action', 'cause', 'mode', 'state', 'count', 'helped'],
    counts.map((row) => [
      ...[row.deployment, row.kind, row.cause, row.mode, row.state, String(row.count)],
      row.state === 'done' ? String(row.helped) : '-',
    ]),
  );
}

function formatProposals({ kind, judged, right, low, high }: ProposalCount & Precision): string {
  return `Of ${judged} runs for which a ${kind} was only recorded or suggested, and which somebody ran again, ${right} then succeeded (95 % ${low.toFixed(2)} to ${high.toFixed(2)}).`;
}

function formatPromotion({ deployment, kind, promotedAt, demotedAt, reason, ...of }: Promotion): string {
  return demotedAt === null
    ? `${kind} on ${deployment} may be automatic since ${iso(promotedAt)} (${of.promotedBy}: ${reason}).`
    : `${kind} on ${deployment} was demoted at ${iso(demotedAt)}: ${reason}.`;
}

/** By intention to treat: every drawn incident counts in the arm that it was drawn into. */
function formatValue(lines: readonly ValueLine[]): string[] {
  if (lines.length === 0) return [];
  const share = ({ failed, known }: ValueLine['treated']): string =>
    known === 0 ? '-' : `${failed} of ${known}`;
  const effect = (of: ValueLine['failuresAvoided']): string =>
    of === null
      ? 'too few outcomes'
      : `${of.estimate.toFixed(2)} (${of.low.toFixed(2)} to ${of.high.toFixed(2)})`;
  const rows = lines.map(({ kind, cause, treated, heldOut, failuresAvoided, minutesSaved }) => [
    ...[kind ?? 'all', cause ?? 'all', share(treated), share(heldOut)],
    ...[effect(failuresAvoided), effect(minutesSaved)],
  ]);
  const header = [
    ...['action', 'cause', 'failed, treated', 'failed, held out'],
    ...['failures avoided each (95 %)', 'minutes saved each (95 %)'],
  ];
  return [formatTable(header, rows)];
}
