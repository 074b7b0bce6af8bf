/** What a message about an incident says, for every channel. Pure. */
import type { UnixSeconds } from '../../core/facts.js';
import { firingAlerts } from '../incidents/judge.js';
import type { AlertState, DagSituation, Incident } from '../incidents/types.js';
import { titleOf, type Tone } from './card-title.js';
import { outcomeLine } from './outcome-line.js';
import type { Phrase, Piece } from './phrase.js';
import { phraseOf } from './phrase.js';
import { againstUsual, formatRisk } from './words.js';

/** DAGs named in a message. */
const NAMED_DAGS = 8;

export interface Card {
  readonly tone: Tone;
  /** One line, which alone tells what it is about. */
  readonly title: Phrase;
  /** How likely, when, how it ended: one line each. */
  readonly facts: readonly Phrase[];
  readonly reasons: readonly Phrase[];
  readonly suggestion: Phrase | null;
  /** DAGs that wait for this one, or are at risk with it; with what they are to it. */
  readonly others: {
    readonly heading: string;
    readonly names: readonly string[];
    readonly more: number;
    /** One line each. */
    readonly notes: readonly Phrase[];
  } | null;
  readonly links: readonly { readonly label: string; readonly url: string }[];
  /** Small print: severity, deployment, times, who cares for it. */
  readonly footer: Phrase;
  readonly isOpen: boolean;
}

export interface CardContext {
  readonly now: UnixSeconds;
  /** Address of ORC's pages as people reach them; null when it is not known. */
  readonly publicUrl: string | null;
  /** Address of the Airflow of a deployment; null when it is not configured. */
  readonly airflowUrl: (deployment: string) => string | null;
}

export function cardOf(incident: Incident, alerts: readonly AlertState[], context: CardContext): Card {
  const dag = incident.situation?.dag ?? null;
  const isOpen = incident.closedAt === null;
  const isOfDag = incident.kind === 'failure' || incident.kind === 'lateness';
  const { tone, title } = titleOf(incident, alerts);
  return {
    tone,
    title,
    isOpen,
    facts: [
      ...(incident.outcome === null ? [] : [outcomeLine(incident, incident.outcome)]),
      ...(isOpen && dag !== null ? dagFacts(dag) : []),
      ...(isOpen ? poolFacts(incident) : []),
      ...(isOfDag && dag !== null ? [] : alertFacts(alerts, isOpen, context.now)),
      ...failureFacts(incident),
    ],
    reasons: isOpen && dag !== null ? dag.reasons.map(phraseOf) : [],
    suggestion: isOpen && dag?.suggestion != null ? phraseOf(dag.suggestion) : null,
    others: isOpen ? othersOf(incident) : null,
    links: linksOf(incident, alerts, context),
    footer: footerOf(incident, context),
  };
}

function dagFacts(dag: DagSituation): Phrase[] {
  const facts: Phrase[] = [
    [{ strong: `Risk of failure ${formatRisk(dag.risk)}` }, againstUsual(dag.risk, dag.usualRisk)],
    runFact(dag),
    ...(dag.isThin === true ? [['Thin evidence: it has hardly a history of its own yet']] : []),
  ];
  if (dag.task !== null) {
    facts.push(['Most at risk: task ', { code: dag.task.taskId }, ` (${formatRisk(dag.task.risk)})`]);
  }
  const [low, , high] = dag.expectedEnd ?? [];
  if (low !== undefined && high !== undefined) {
    const late: Piece[] =
      dag.deadline === null
        ? []
        : [
            '; deadline ',
            { time: dag.deadline.at },
            dag.deadline.source === 'learnt' ? ' (learnt)' : '',
            ...(dag.lateRisk === null ? [] : [`, late with ${formatRisk(dag.lateRisk)}`]),
          ];
    facts.push(['Expected to end between ', { time: low }, ' and ', { time: high }, ...late]);
  }
  return facts;
}

const STAGE_WORDS = { queued: 'queued', running: 'running', retrying: 'running' } as const;

function runFact({ runId, stage, startedAt, dueAt, failedTasks }: DagSituation): Phrase {
  if (stage === 'planned' || runId === null)
    return dueAt === null ? ['The next run'] : ['The next run, due ', { time: dueAt }];
  const since: Piece[] = startedAt === null ? [] : [' since ', { time: startedAt }];
  const failed: Piece[] = failedTasks
    .slice(0, 3)
    .flatMap((task, index): Piece[] => [index === 0 ? '; failed: ' : ', ', { code: task }]);
  return ['Run ', { code: runId }, `, ${STAGE_WORDS[stage]}`, ...since, ...failed];
}

function poolFacts({ situation }: Incident): Phrase[] {
  const pool = situation?.pool ?? null;
  if (pool === null) return [];
  return [
    [
      { strong: `Risk of being full within the hour ${formatRisk(pool.risk)}` },
      `; ${Math.round(pool.occupiedSlots)} of ${pool.slots} slots are taken`,
    ],
  ];
}

/** What the alerts themselves say, where ORC has nothing of its own. */
function alertFacts(alerts: readonly AlertState[], isOpen: boolean, now: UnixSeconds): Phrase[] {
  const told = isOpen ? firingAlerts(alerts, now) : alerts;
  return told.slice(0, 5).flatMap(({ annotations }) => {
    const { summary = '', description = '' } = annotations;
    return [summary, description].filter((text) => text !== '').map((text): Phrase => [text.slice(0, 600)]);
  });
}

/** The error that made a run fail. */
function failureFacts({ phase, outcome, situation }: Incident): Phrase[] {
  const failure = situation?.dag?.lastFailure ?? null;
  const isTold = phase === 'failed' || outcome?.what === 'failed' || outcome?.what === 'recovered';
  if (failure?.isRecent !== true || !isTold) return [];
  const evidence: Piece[] = failure.evidence === null ? [] : [': ', { code: failure.evidence }];
  return [
    [
      'Task ',
      { code: failure.taskId },
      ` failed (${failure.failureClass.replaceAll('_', ' ')})`,
      ...evidence,
    ],
  ];
}

function othersOf({ kind, situation }: Incident): Card['others'] {
  if (situation === null) return null;
  const names =
    kind === 'outage' ? situation.atRisk.map(({ dagId }) => dagId) : (situation.dag?.downstream ?? []);
  if (names.length === 0) return null;
  return {
    heading: kind === 'outage' ? 'At risk together' : 'Waiting for it',
    names: names.slice(0, NAMED_DAGS),
    more: Math.max(0, names.length - NAMED_DAGS),
    notes: kind === 'outage' || situation.dag === null ? [] : waitingNotes(situation.dag),
  };
}

function waitingNotes({ downstreamAssets: assets = [], nextDeadline = null }: DagSituation): Phrase[] {
  const named = assets
    .slice(0, NAMED_DAGS)
    .flatMap((uri, index): Piece[] => [index === 0 ? '' : ', ', { code: uri }]);
  const more = assets.length > NAMED_DAGS ? ` and ${assets.length - NAMED_DAGS} more` : '';
  return [
    ...(assets.length === 0 ? [] : [['Through assets: ', ...named, more] satisfies Phrase]),
    ...(nextDeadline === null
      ? []
      : [
          [
            'Next deadline: ',
            { code: nextDeadline.dagId },
            ' ',
            { time: nextDeadline.at },
            nextDeadline.source === 'learnt' ? ' (learnt)' : '',
          ] satisfies Phrase,
        ]),
  ];
}

const isWebAddress = (url: string | undefined): url is string =>
  url !== undefined && /^https?:\/\/[^\s]+$/.test(url) && URL.canParse(url);

function linksOf(
  { deployment, kind, subject, situation }: Incident,
  alerts: readonly AlertState[],
  { publicUrl, airflowUrl }: CardContext,
): Card['links'] {
  const annotation = (name: string): string | undefined =>
    alerts.map(({ annotations }) => annotations[name]).find(isWebAddress);
  const isOfDag = kind === 'failure' || kind === 'lateness';
  const base = airflowUrl(deployment)?.replace(/\/+$/, '');
  const airflow =
    annotation('airflow_url') ??
    (base === undefined ? undefined : isOfDag ? `${base}/dags/${encodeURIComponent(subject)}` : base);
  const orc = publicUrl?.replace(/\/+$/, '');
  const page =
    orc === undefined
      ? undefined
      : isOfDag
        ? `${orc}/dags/${encodeURIComponent(subject)}?deployment=${encodeURIComponent(deployment)}`
        : `${orc}/`;
  const failure = situation?.dag?.lastFailure;
  const log = failure?.isRecent === true ? (failure.logUrl ?? undefined) : undefined;
  return [
    { label: 'Airflow', url: airflow },
    { label: 'Log', url: log },
    { label: 'ORC', url: page },
    { label: 'Dashboard', url: annotation('dashboard_url') },
    { label: 'Runbook', url: annotation('runbook_url') },
  ].flatMap(({ label, url }) => (isWebAddress(url) ? [{ label, url: new URL(url).href }] : []));
}

function footerOf(incident: Incident, { now }: CardContext): Phrase {
  const pieces: Piece[] = [incident.severity];
  if (incident.deployment !== '') pieces.push(' · deployment ', { code: incident.deployment });
  if (incident.team !== null) pieces.push(' · team ', { code: incident.team });
  pieces.push(' · opened ', { time: incident.openedAt });
  if (incident.closedAt !== null) pieces.push(' · closed ', { time: incident.closedAt });
  else if (incident.situationAt !== null) pieces.push(' · as of ', { time: incident.situationAt });
  if (incident.acknowledgedBy !== null) pieces.push(` · acknowledged by ${incident.acknowledgedBy}`);
  if (incident.snoozedUntil !== null && incident.snoozedUntil > now && incident.closedAt === null)
    pieces.push(' · snoozed until ', { time: incident.snoozedUntil });
  return pieces;
}
