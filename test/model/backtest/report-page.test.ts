import { describe, expect, it } from 'vitest';
import { collectPageData } from '../../../model/backtest/page-data.js';
import { reportPart } from '../../../model/backtest/part-report.js';
import { reportFinal } from '../../../model/backtest/task-final.js';
import { reportSubset } from '../../../model/backtest/report.js';
import type { BacktestReport } from '../../../model/backtest/report.js';
import { countAxis, shareAxis } from '../../../model/backtest/report-page/chart.js';
import { leadBins } from '../../../model/backtest/report-page/lead-chart.js';
import { renderPage } from '../../../model/backtest/report-page/page.js';
import { replayWarnings, reportReplay } from '../../../model/backtest/replay-warnings.js';
import type { RiskMoment, TestedRun } from '../../../model/backtest/run-history.js';
import type { WarningRule } from '../../../model/backtest/warn-at.js';
import { evaluateLateness } from '../../../model/intervals/evaluate-lateness.js';
import { seededRandom } from '../../../model/random.js';
import type { ReplayedVectors } from '../../../features/vector-store.js';

const HOUR = 3600;
const DAY = 86_400;
const noLateness = await evaluateLateness([]);
const EVIL = `<img src=x onerror="alert('1')"> & 🦑`;

interface Made {
  readonly days: number;
  readonly fails: (day: number) => boolean;
  readonly risk: (day: number) => number;
  readonly rule?: WarningRule;
  readonly runs?: boolean;
}

/** A report of one DAG with one task that runs daily. */
function pageOf({
  days,
  fails,
  risk,
  rule = { kind: 'risk', risk: 0.5 },
  runs: hasRuns = true,
}: Made): string {
  const labels = Uint8Array.from({ length: days }, (_, day) => (fails(day) ? 1 : 0));
  const afterSuccess = labels.map((_, day) => (day > 0 && labels[day - 1] === 0 ? 1 : 0));
  const risks = Float64Array.from({ length: days }, (_, day) => risk(day));
  const predictions = {
    model: risks,
    historical_rate: new Float64Array(days).fill(0.2),
    last_outcome: Float64Array.from(afterSuccess, (success) => 1 - success),
    logistic_regression: risks.map((one) => one / 2),
  };
  const ids = (day: number) => ({ deployment: EVIL, dagId: EVIL, runId: `${EVIL} ${day}` });
  const runs = hasRuns
    ? Array.from({ length: days }, (_, day): TestedRun => {
        const endedAt = day * DAY + 2 * HOUR;
        const failed = fails(day);
        return { ...ids(day), createdAt: day * DAY, endedAt, failed, failedAt: failed ? endedAt : null };
      })
    : [];
  const moments = runs.map(({ createdAt }, run): RiskMoment => ({
    ...{ run, stage: 'queued', at: createdAt, risk: risk(run), afterFailure: null, row: run },
  }));
  const input = {
    ...{ runs, earlier: [], tested: moments, from: 0, rule, days: 30 },
    until: hasRuns ? (days - 1) * DAY : 0,
  };
  const replay = replayWarnings(input);
  const tested = { labels, predictions, runs: Int32Array.from(labels, (_, day) => day), seed: 1 };
  const columns = { labels, model: risks, historicalRate: risks, lastOutcome: risks };
  const part = reportPart(columns, () => true);
  const none = reportPart(columns, () => false);
  const runPart = hasRuns ? part : none;
  const report: BacktestReport = {
    model_version: EVIL,
    rows: { train: 100, test: days },
    subsets: {
      all: reportSubset(tested, () => true),
      onset: reportSubset(tested, (day) => afterSuccess[day] === 1),
    },
    stages: { planned: part, queued: part, running: none, retrying: none },
    task_final: reportFinal([], new Map()),
    folds: [
      {
        from: '2026-01-01T00:00:00Z',
        to: '2026-02-01T00:00:00Z',
        rows: { train: 1, test: 2 },
        subsets: { all: part, onset: none },
      },
    ],
    dag_runs: {
      failure: {
        rows: { train: 1, test: runs.length },
        subsets: { all: runPart, onset: none },
        stages: { planned: none, queued: runPart, running: none, retrying: none },
      },
      lateness: noLateness,
    },
    replay: reportReplay(input, replay, () => [EVIL]),
    seconds: { features: 1, train: 1, score: 1 },
    parameters: { reason: EVIL } as BacktestReport['parameters'],
  };
  const tries = {
    ...{ rows: days, labels, afterSuccess, decidedAt: Float64Array.from(labels, (_, day) => day * DAY) },
    subject: (day: number) => ({ ...ids(day), taskId: 'task', mapIndex: -1, tryNumber: 1 }),
  } as unknown as ReplayedVectors;
  const failure = report.dag_runs.failure;
  const incidents = replay.tested;
  const dagRunTest = {
    failure,
    replay: report.replay,
    runs,
    earlier: [],
    until: days * DAY,
    moments,
    incidents,
  };
  return renderPage(collectPageData({ report, tries, predictions, dagRunTest }));
}

const headline = (page: string): string => /<h1>(.*?)<\/h1>/s.exec(page)![1]!;
const everyTenth = (day: number): boolean => day % 10 === 9;

/** What must hold of any page: tags are closed, nothing is loaded, and no number is broken. */
function check(page: string): void {
  expect(page).not.toMatch(/NaN|Infinity|undefined|\bnull\b|\[object/);
  expect(page).not.toMatch(/<img|<script|<link|<[^>]*\b(src|href|onerror)=|url\(|@import|https?:/);
  for (const tag of ['section', 'figure', 'table', 'svg', 'ul', 'div', 'td', 'tr', 'p', 'text', 'main']) {
    const opened = page.match(new RegExp(`<${tag}[\\s>]`, 'g'))?.length ?? 0;
    expect(page.match(new RegExp(`</${tag}\\s*>`, 'g'))?.length ?? 0, tag).toBe(opened);
  }
}

describe('the report page', () => {
  it('says in words what the warnings would have been, and lists them by name', () => {
    const page = pageOf({
      days: 41,
      fails: everyTenth,
      risk: (day) => (day === 19 || day === 29 || day === 25 ? 0.8 : 0.1),
    });
    check(page);
    expect(headline(page)).toBe(
      'The last 30 days would have brought 3 warnings: 2 right, a median of 2 hours ahead. 1 failure would have come without one.',
    );
    expect(page.match(/✓ failed 2 hours later/g)).toHaveLength(2);
    expect(page.match(/✗ no failure/g)).toHaveLength(1);
    expect(page).toContain('1 missed');
    expect(page).toContain('ORC warns when the risk of a DAG reaches 50 %, as asked for.');
  });

  it('shows names as text, whatever is in them', () => {
    const page = pageOf({ days: 41, fails: everyTenth, risk: () => 0.9 });
    expect(page).toContain('&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62; &#38; 🦑');
    check(page);
  });

  it.each<readonly [name: string, made: Made, expected: RegExp]>([
    [
      'no failure',
      { days: 30, fails: () => false, risk: () => 0.01 },
      /saw no new failure of a DAG run, and ORC would have sent no warning\./,
    ],
    ['nothing but failures', { days: 30, fails: () => true, risk: () => 0.99 }, /every DAG run failed/],
    [
      'one try',
      { days: 1, fails: () => false, risk: () => 0.3 },
      /The last under a second saw no new failure/,
    ],
    ['no DAG run', { days: 5, fails: everyTenth, risk: () => 0.1, runs: false }, /No DAG run ended/],
    [
      'only false alarms',
      { days: 20, fails: () => false, risk: () => 0.9 },
      /20 warnings: none right\. No failure/,
    ],
    [
      'only misses',
      { days: 20, fails: everyTenth, risk: () => 0 },
      /no warning\. 2 failures would have come without one/,
    ],
    [
      'the default threshold',
      { days: 20, fails: everyTenth, risk: () => 0.1, rule: { kind: 'default' } },
      /no warning/,
    ],
  ])('makes sense of %s', (_, made, expected) => {
    const page = pageOf(made);
    check(page);
    expect(headline(page)).toMatch(expected);
  });

  it('makes sense of any risks', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 10; round++) {
      const days = 1 + Math.floor(random() * 60);
      const failing = Array.from({ length: days }, () => random() < 0.3);
      const shown = Array.from({ length: days }, () => Math.floor(random() * 5) / 4);
      check(
        pageOf({
          days,
          fails: (day) => failing[day]!,
          risk: (day) => shown[day]!,
          rule: { kind: 'budget', warningsPerDay: 0.1 },
        }),
      );
    }
  });
});

describe('axes and bins', () => {
  it('end at a round number that holds all values', () => {
    expect(shareAxis(0.04)).toMatchObject({
      end: 0.05,
      ticks: [{ text: '0 %' }, { text: '1 %' }, {}, {}, {}, { text: '5 %' }],
    });
    expect(shareAxis(0.999).end).toBe(1);
    expect(countAxis(8)).toMatchObject({
      end: 8,
      ticks: [{ text: '0' }, { text: '2' }, {}, {}, { text: '8' }],
    });
    expect(countAxis(1234).end).toBe(1500);
    expect(countAxis(1).ticks.map(({ text }) => text)).toEqual(['0', '1']);
  });

  it('put each lead time into the bin that it is in', () => {
    expect(leadBins([0, 59, 60, 300, 7200, 4 * DAY])).toEqual([2, 1, 1, 0, 1, 0, 0, 0, 0, 1]);
  });
});
