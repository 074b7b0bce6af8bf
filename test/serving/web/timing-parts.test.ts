import { expect, it } from 'vitest';
import { speakingRun } from '../../../serving/live/time-dags.js';
import { html, type HtmlValue } from '../../../core/html.js';
import { endBar, endLine, poolSection, timingSection } from '../../../serving/web/timing-parts.js';
import { NOW, sketchDag } from '../support.js';

const text = (part: HtmlValue): string => html`${part}`.text.replaceAll(/\s+/g, ' ');
const { timing } = sketchDag(
  { dagId: 'a', risk: 0.1, stage: 'running', ends: [480, 720, 1500], late: 0.34, deadline: [900, 'learnt'] },
  0,
);

it('tells the expected end as a span, and the risk of lateness once it matters', () => {
  expect(text(endLine(timing, NOW))).toContain('Ends in 12 min (8 min to 25 min)');
  expect(text(endLine(timing, NOW))).toContain('34% late');
  expect(text(endLine({ ...timing!, lateRisk: 0.05 }, NOW))).not.toContain('late</span');
  expect(endLine(null, NOW)).toBeNull();
});

it("tells whether the deadline is configured, Airflow's own or learnt, and says so when there is none", () => {
  const section = text(timingSection(timing, NOW));
  expect(section).toContain('in 15 min');
  expect(section).toContain('learnt from earlier runs');
  const configured = { ...timing!, deadline: { at: NOW + 900, source: 'configured' as const } };
  expect(text(timingSection(configured, NOW))).toContain('configured');
  const kept = { ...timing!, deadline: { at: NOW + 900, source: 'airflow' as const } };
  expect(text(timingSection(kept, NOW))).toMatch(/Airflow(&#39;|')s own/);
  expect(text(timingSection({ ...timing!, deadline: null, lateRisk: null }, NOW))).toContain('none set');
  expect(timingSection(null, NOW)).toBeNull();
});

it('draws the span with the deadline inside the picture', () => {
  const drawn = text(endBar(timing!, NOW));
  const span = /end-span" x="([\d.]+)" y="2" width="([\d.]+)"/.exec(drawn)!;
  expect(Number(span[1])).toBeCloseTo((100 * 480) / 1501, 0);
  expect(Number(span[1]) + Number(span[2])).toBeLessThanOrEqual(100);
  expect(drawn).toContain('end-deadline');
  const far = { ...timing!, deadline: { at: NOW + 1e6, source: 'learnt' as const } };
  expect(text(endBar(far, NOW))).not.toContain('end-deadline');
});

it('names pools that are likely to be full, and those that are', () => {
  const pool = {
    deployment: 'production',
    pool: 'etl',
    slots: 8,
    occupiedSlots: 5,
    risk: 0.6,
    dueSlots: 0,
    usualRisk: 0.1,
  };
  const shown = text(
    poolSection(
      [pool, { ...pool, pool: 'idle', risk: 0.01 }, { ...pool, pool: 'busy', occupiedSlots: 8, risk: 1 }],
      '',
    ),
  );
  expect(shown).toContain('5 of 8 slots taken');
  expect(shown).toContain('is full: all 8 slots taken');
  expect(shown).not.toContain('idle');
  expect(poolSection([pool], 'other')).toBeNull();
});

it('lets the run speak that is likeliest to be late, or the oldest', () => {
  const calm = { ...timing!, runId: 'calm', lateRisk: 0.1 };
  const open = { ...timing!, runId: 'open', deadline: null, lateRisk: null };
  expect(speakingRun([open, calm, timing, null])!.lateRisk).toBe(0.34);
  expect(speakingRun([open, { ...open, runId: 'second' }])!.runId).toBe('open');
  expect(speakingRun([null])).toBeNull();
});
