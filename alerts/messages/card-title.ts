/** The first line of a message. Pure. */
import type { AlertState, Incident } from '../incidents/types.js';
import type { Phrase } from './phrase.js';

/** Colour and mark of a message. */
export type Tone = 'critical' | 'warning' | 'bad' | 'good' | 'neutral';

export interface Title {
  readonly tone: Tone;
  readonly title: Phrase;
}

export function titleOf(incident: Incident, alerts: readonly AlertState[]): Title {
  return incident.outcome === null ? openTitle(incident, alerts) : closedTitle(incident);
}

function openTitle(incident: Incident, alerts: readonly AlertState[]): Title {
  const { kind, subject, phase, severity } = incident;
  const name = { code: subject };
  switch (kind) {
    case 'failure':
      if (phase === 'failed') return { tone: 'bad', title: [name, ' failed'] };
      if (phase === 'eased') return { tone: 'neutral', title: [name, ' is less at risk now'] };
      return { tone: severity, title: [name, ' is at risk of failing'] };
    case 'lateness':
      if (phase === 'late') return { tone: 'bad', title: [name, ' is late'] };
      if (phase === 'eased') return { tone: 'neutral', title: [name, ' may end in time after all'] };
      return { tone: severity, title: [name, ' is at risk of being late'] };
    case 'pool':
      return { tone: severity, title: ['Pool ', name, ' is filling up'] };
    case 'outage':
      return { tone: severity, title: ['Many DAGs are at risk for one cause'] };
    case 'health':
    case 'platform': {
      const summary = alerts.map(({ annotations }) => annotations['summary']).find((text) => text);
      return { tone: severity, title: summary === undefined ? [name] : [summary.slice(0, 200)] };
    }
  }
}

function closedTitle({ kind, subject, outcome }: Incident): Title {
  const name = { code: subject };
  switch (outcome!.what) {
    case 'succeeded':
      return { tone: 'good', title: [name, ' succeeded'] };
    case 'recovered':
      return { tone: 'good', title: [name, ' failed and has recovered'] };
    case 'failed':
      return { tone: 'bad', title: [name, ' failed'] };
    case 'on_time':
      return { tone: 'good', title: [name, ' ended in time'] };
    case 'late':
      return { tone: 'bad', title: [name, ' ended late'] };
    case 'unknown':
      return { tone: 'neutral', title: [name, ' is at risk no longer'] };
    case 'resolved':
      if (kind === 'pool') return { tone: 'good', title: ['Pool ', name, ' has room again'] };
      if (kind === 'outage') return { tone: 'good', title: ['The outage is over'] };
      return { tone: 'good', title: ['Resolved: ', name] };
  }
}
