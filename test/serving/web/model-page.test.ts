import { describe, expect, it } from 'vitest';
import { liveQuality } from '../../../model/quality/live-quality.js';
import type { QualityView } from '../../../model/quality/quality-follower.js';
import { saveVersion } from '../../../model/registry/registry.js';
import { promoteVersion } from '../../../model/registry/roles.js';
import { NOW, outcomes } from '../../model/quality/outcomes.js';
import { rateFits, servableVersion } from '../../model/registry/servable-version.js';
import { useServer } from '../http/harness.js';
import { sketchSource } from '../support.js';

const none = outcomes({ rows: 0, seed: 1 });
let quality: QualityView | null = null;

/** What a reader sees, with single spaces. */
const wordsOf = (page: string): string =>
  page
    .slice(page.indexOf('<main'), page.indexOf('</main>'))
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

describe('the page of models', () => {
  let version = '';
  const http = useServer(
    {
      scorer: sketchSource([{ dagId: 'etl', risk: 0.5 }]),
      quality: () => quality,
      scoresStored: () => ({ written: 12, dropped: 3, waiting: 0 }),
    },
    async (database) => {
      const fits = await rateFits();
      await saveVersion(database, servableVersion(fits, 0));
      ({ version } = await saveVersion(database, servableVersion(fits, 1)));
      await promoteVersion(database, version, null, { by: 'schedule', reason: 'no worse <b>at all</b>' });
    },
  );
  const words = async (): Promise<string> => wordsOf((await http.ask('/models')).text);

  it('says what is not known yet, and shows every version with its card', async () => {
    quality = null;
    const answer = await http.ask('/models');
    expect(answer.status).toBe(200);
    const text = wordsOf(answer.text);
    expect(text).toContain('Live quality Not known yet');
    expect(text).toContain('Scores stored since ORC started: 12, 3 dropped');
    expect(text).toContain(`${version} champion no worse &#60;b&#62;at all&#60;/b&#62;`);
    expect(answer.text).not.toContain('<b>at all</b>');
    expect(text).toContain('candidate never in use');
    for (const part of [
      'Intended use',
      'Limits',
      'put into use by the schedule: no worse',
      'Quality on tries',
      'historical rate',
      'the historical rate answers: too little history: 40 labelled rows, 200 are needed',
    ])
      expect(text).toContain(part);
  });

  it('shows figures beside what chance allows, marks what is off, and the features that drifted', async () => {
    const off = outcomes({ rows: 1000, seed: 2, say: (chance) => Math.min(1, chance + 0.2) });
    const features = [
      { feature: 'task__age__now', psi: 0.51, usual: 0.3 },
      { feature: 'dag__age__now', psi: 0.2, usual: 0 },
      { feature: 'task__failures__30d', psi: 2, usual: 3 },
      { feature: 'task__runs__all', psi: 0.01, usual: 0.05 },
    ];
    const drift = {
      inputs: { rows: 500, features },
      outcome: 0.3,
      trainingFailureRate: 0.1,
      liveFailureRate: 0.3,
    };
    quality = {
      quality: liveQuality({ try: off, dag_run: none }, { from: NOW - 86_400, until: NOW }),
      drift: { try: drift, dag_run: null },
    };
    const page = (await http.ask('/models')).text;
    expect(page).toMatch(/<span class="level-text-elevated"\s*>0\.\d{3}<\/span\s*>/);
    const text = await words();
    expect(text).toMatch(/Tries 1,000 \d+ 0\.\d{3} 0\.\d{3} 0\.\d{3} 0\.\d{3}/);
    expect(text).toContain('DAG runs 0 0 – – – –');
    expect(text).toContain('1 of 4 features drifted on a sample of 500 vectors');
    expect(text).toContain('Failures: 30.0%, 10.0% in training (index 0.300, drifted)');
    expect(text).toContain(
      [
        'task__age__now 0.510 0.300 drifted',
        'dag__age__now 0.200 0.000 moved',
        'task__failures__30d 2.000 3.000 as usual',
        'task__runs__all 0.010 0.050 stable',
      ].join(' '),
    );
    expect(text).toContain('DAG runs Not known yet');
    quality = { ...quality, drift: { try: { ...drift, inputs: null }, dag_run: null } };
    const without = await words();
    expect(without).toContain('Tries Inputs: not known yet');
    expect(without).toContain('Failures: 30.0%, 10.0% in training (index 0.300, drifted)');
  });

  it('is linked from every page', async () => {
    expect((await http.ask('/')).text).toContain('<a href="/models">Model</a>');
  });
});
