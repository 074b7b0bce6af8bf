/** Decisions about alerts, incidents, updates and sending: each is a reason. */
import { describe, expect, it } from 'vitest';
import { decideAlert } from '../../alerts/incidents/decide-alert.js';
import { decideUpdate } from '../../alerts/incidents/decide-update.js';
import { judge } from '../../alerts/incidents/judge.js';
import type { AlertState, Incident } from '../../alerts/incidents/types.js';
import { readDelivery } from '../../alerts/incidents/webhook.js';
import { decideDigest } from '../../alerts/delivery/digest-source.js';
import { decideSend, retrySeconds } from '../../alerts/delivery/decide-send.js';
import { quietReason } from '../../alerts/delivery/quiet-hours.js';
import type { Notification } from '../../alerts/delivery/types.js';
import { delivery, NOW, sketchDag, sketchIncident, sketchSituation, type SketchedAlert } from './sketches.js';

const HOUR = 3600;
const taken = (alert: SketchedAlert) => readDelivery(delivery(alert)).alerts[0]!;

function known(change: Partial<AlertState> = {}, alert: SketchedAlert = {}): AlertState {
  const { fingerprint, labels, annotations, startsAt } = taken(alert);
  return { fingerprint, labels, annotations, startsAt, resolvedAt: null, receivedAt: NOW, ...change };
}

describe('decideAlert', () => {
  it.each([
    ['new', null, {}],
    ['repeated', known(), {}],
    ['changed', known(), { severity: 'critical' }],
    ['resolved', known(), { status: 'resolved' }],
    ['repeated', known({ resolvedAt: NOW - 5 }), { status: 'resolved' }],
    ['never_fired', null, { status: 'resolved' }],
    ['late_delivery', known({ resolvedAt: NOW - 59 }), {}],
    ['refired', known({ resolvedAt: NOW - 60 }), {}],
    ['refired', known({ resolvedAt: NOW - 5 }), { startsAt: NOW - 1 }],
    ['late_delivery', known(), { startsAt: NOW - 600 }],
    ['late_delivery', known(), { startsAt: NOW - 600, status: 'resolved' }],
  ] as const)('%s', (reason, before, alert) => {
    expect(decideAlert(before, taken(alert), NOW)).toBe(reason);
  });
});

describe('readDelivery', () => {
  it.each([
    [{ kind: 'failure' }, 'failure', 'finance'],
    [{ kind: 'late' }, 'lateness', 'finance'],
    [{ kind: 'pool', labels: { pool: 'warehouse' } }, 'pool', 'warehouse'],
    [{ kind: 'outage' }, 'outage', ''],
    [{ kind: 'health', alertname: 'OrcCollectorStale' }, 'health', 'OrcCollectorStale'],
    [{ kind: 'something', alertname: 'DiskFull' }, 'platform', 'DiskFull'],
    [{ kind: 'failure', dagId: '' }, 'platform', 'OrcDagFailureRisk'],
  ] as const)('takes %j for %s of %j', (alert, kind, subject) => {
    expect(taken(alert).key).toEqual({ deployment: 'production', kind, subject });
  });
});

describe('judge', () => {
  const RUN = 'scheduled__2026-11-25T11:00:00+00:00';
  const end = (failed: boolean, endedAt: number, runId = RUN) => ({ runId, failed, endedAt });
  const judged = (
    change: Partial<Incident>,
    alerts: readonly AlertState[],
    ends: readonly ReturnType<typeof end>[],
    hasFailed = false,
  ) => judge(sketchIncident(change), alerts, ends, hasFailed, NOW);

  it('keeps an incident open while an alert fires, whatever succeeded', () => {
    expect(judged({}, [known()], [end(false, NOW - 10)])).toMatchObject({
      phase: 'at_risk',
      reason: 'alert_fires',
      events: [],
    });
  });

  it('waits for the run when no alert fires', () => {
    const verdict = judged({ quietSince: NOW - 60 }, [known({ resolvedAt: NOW - 60 })], []);
    expect(verdict).toMatchObject({ phase: 'eased', reason: 'awaiting_outcome' });
    expect(verdict.events.map(({ what }) => what)).toEqual(['eased']);
  });

  it('does not take a run that ended before it opened for its end', () => {
    const ends = [end(false, NOW - HOUR, 'earlier')];
    expect(judged({}, [known({ resolvedAt: NOW })], ends).phase).toBe('eased');
  });

  it.each([
    [false, 'succeeded'],
    [true, 'recovered'],
  ])('closes with a success; a failure before (%s) makes it %s', (hasFailed, what) => {
    const verdict = judged({}, [known({ resolvedAt: NOW })], [end(false, NOW - 10)], hasFailed);
    expect(verdict).toMatchObject({ phase: 'closed', reason: 'success_ended_it', outcome: { what } });
  });

  it('has recovered when a failure and a success came between two looks', () => {
    const ends = [end(false, NOW - 10, 'later'), end(true, NOW - 20)];
    expect(judged({}, [known({ resolvedAt: NOW })], ends).outcome).toMatchObject({
      what: 'recovered',
      runId: 'later',
    });
    const earlier = [end(false, NOW - 10, 'later'), end(true, NOW - HOUR, 'earlier')];
    expect(judged({}, [known({ resolvedAt: NOW })], earlier).outcome).toMatchObject({ what: 'succeeded' });
  });

  it('continues with a later failing run, and says so after a day without another', () => {
    const ends = [end(true, NOW - 10, 'later')];
    const quiet = [known({ resolvedAt: NOW })];
    expect(judged({ quietSince: NOW }, quiet, ends)).toMatchObject({ phase: 'failed', reason: 'run_failed' });
    expect(judged({ quietSince: NOW - 24 * HOUR }, quiet, ends)).toMatchObject({
      phase: 'closed',
      outcome: { what: 'failed', runId: 'later' },
    });
    expect(judged({ quietSince: NOW - 24 * HOUR }, quiet, []).outcome).toEqual({ what: 'unknown' });
  });

  it('takes an alert for forgotten that nobody repeats for two days', () => {
    expect(judged({}, [known({ receivedAt: NOW - 48 * HOUR })], []).phase).toBe('eased');
    expect(judged({}, [known({ receivedAt: NOW - 47 * HOUR })], []).phase).toBe('at_risk');
  });

  it.each([
    [NOW + 3500, 'on_time'],
    [NOW + 3700, 'late'],
  ])('closes a lateness by its deadline: ended at %i is %s', (endedAt, what) => {
    const quiet = [known({ resolvedAt: NOW })];
    const verdict = judge(
      sketchIncident({ kind: 'lateness' }),
      quiet,
      [end(false, endedAt)],
      false,
      NOW + 4000,
    );
    expect(verdict).toMatchObject({ phase: 'closed', outcome: { what, deadline: NOW + HOUR } });
  });

  it('says that the deadline has passed while the run goes on', () => {
    const verdict = judge(sketchIncident({ kind: 'lateness' }), [known()], [], false, NOW + 3700);
    expect(verdict).toMatchObject({ phase: 'late', reason: 'deadline_passed' });
  });

  it('closes a pool when its alert is resolved', () => {
    expect(judged({ kind: 'pool' }, [known({ resolvedAt: NOW })], [])).toMatchObject({
      phase: 'closed',
      outcome: { what: 'resolved' },
    });
  });
});

describe('decideUpdate', () => {
  const told = sketchSituation();
  const failure = sketchDag().lastFailure!;
  const another = { ...failure, taskId: 'extract' };
  it.each([
    ['unchanged', told, sketchSituation({ risk: 0.76 }), 60],
    ['failure_explained', sketchSituation({ lastFailure: null }), told, 60],
    ['failure_explained', told, sketchSituation({ lastFailure: another }), 60],
    ['unchanged', told, sketchSituation({ lastFailure: { ...another, isRecent: false } }), 60],
    ['unchanged', told, sketchSituation({ lastFailure: null }), 60],
    ['risk_moved', told, sketchSituation({ risk: 0.78 }), 60],
    ['too_soon', told, sketchSituation({ risk: 0.78 }), 59],
    ['risk_moved', told, sketchSituation({ lateRisk: 0.5 }), 60],
    ['run_moved', told, sketchSituation({ stage: 'queued' }), 60],
    ['run_moved', told, sketchSituation({ failedTasks: ['load'] }), 60],
    ['end_moved', told, sketchSituation({ expectedEnd: [NOW, NOW + 2200, NOW + 3000] }), 60],
    ['reasons_changed', told, sketchSituation({ suggestion: 'Wait.' }), 60],
    ['first_known', null, told, 0],
    ['unchanged', told, null, 600],
  ] as const)('%s', (reason, before, after, seconds) => {
    expect(decideUpdate(before, after, NOW - seconds, NOW, 60)).toBe(reason);
  });
});

describe('decideSend', () => {
  const notification: Notification = {
    id: 1,
    incidentId: 17,
    digestDay: null,
    channel: 'slack',
    destination: '#data-alerts',
    createdAt: NOW,
    remote: null,
    sentRevision: 0,
    toldEventId: 0,
    sentAt: null,
    attempts: 0,
    notBefore: null,
    lastError: null,
  };
  const warning = sketchIncident({ severity: 'warning' });
  const closed = { phase: 'closed', closedAt: NOW, outcome: { what: 'resolved' } } as const;
  const send = (change: Partial<Notification>, incident: Incident, quiet: 'quiet_hours' | null = null) =>
    decideSend({ ...notification, ...change }, incident, [], { now: NOW, quiet });

  it('opens, unless something holds it', () => {
    expect(send({}, warning)).toEqual({ send: 'open' });
    expect(send({}, warning, 'quiet_hours')).toEqual({ send: 'nothing', reason: 'quiet_hours' });
    expect(send({}, sketchIncident(), 'quiet_hours')).toEqual({ send: 'open' });
    expect(send({}, sketchIncident({ snoozedUntil: NOW + 1 }))).toEqual({
      send: 'nothing',
      reason: 'snoozed',
    });
    expect(send({ notBefore: NOW + 1 }, warning)).toEqual({ send: 'nothing', reason: 'backing_off' });
  });

  it('tells late what was tried and failed before, but not what nobody waited for', () => {
    expect(send({ attempts: 2 }, { ...warning, ...closed })).toEqual({ send: 'open' });
    expect(send({}, { ...warning, ...closed })).toEqual({ send: 'finish', reason: 'over_before_told' });
  });

  it('updates what it shows, and is done when all of a closed incident is told', () => {
    const remote = { channel: 'C1', id: '1.2' };
    expect(send({ remote, sentAt: NOW }, warning)).toEqual({ send: 'update' });
    expect(send({ remote, sentAt: NOW, channel: 'email' }, warning)).toEqual({
      send: 'nothing',
      reason: 'up_to_date',
    });
    expect(send({ remote, sentAt: NOW, sentRevision: 1 }, { ...warning, ...closed })).toEqual({
      send: 'finish',
      reason: 'told',
    });
  });

  it('backs off to five minutes, and never gives up', () => {
    expect([1, 2, 3, 6, 7, 50].map(retrySeconds)).toEqual([5, 10, 20, 160, 300, 300]);
  });
});

describe('times of day', () => {
  const quiet = { from: '22:00', to: '07:00', weekend: true, time_zone: 'Europe/Berlin' };
  it.each([
    ['2026-11-25T20:59:00Z', null],
    ['2026-11-25T21:00:00Z', 'quiet_hours'],
    ['2026-11-25T05:59:00Z', 'quiet_hours'],
    ['2026-11-25T06:00:00Z', null],
    ['2026-07-01T20:00:00Z', 'quiet_hours'],
    ['2026-11-28T11:00:00Z', 'weekend'],
  ])('quiet at %s: %s', (at, reason) => {
    expect(quietReason(Date.parse(at) / 1000, quiet)).toBe(reason);
  });

  const digest = { at: '08:00', time_zone: 'UTC' };
  it.each([
    ['2026-11-25T07:59:00Z', null, 'too_early'],
    ['2026-11-25T08:00:00Z', '2026-11-24', 'due'],
    ['2026-11-25T08:00:00Z', '2026-11-25', 'made'],
    ['2026-11-25T14:01:00Z', null, 'too_late'],
  ])('digest at %s after %s: %s', (at, last, reason) => {
    expect(decideDigest(digest, last, Date.parse(at) / 1000).reason).toBe(reason);
  });
});
