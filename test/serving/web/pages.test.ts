import { describe, expect, it } from 'vitest';
import { NOW, sketchSource, type DagSketch } from '../support.js';
import { addFailures } from '../failures.js';
import { useServer } from '../http/harness.js';

const evil = `<img src=x onerror="alert(1)">'&`;
const evilHtml = '&#60;img src=x onerror=&#34;alert(1)&#34;&#62;&#39;&#38;';

const sketches: DagSketch[] = [
  {
    dagId: 'orders',
    risk: 0.87,
    usual: 0.09,
    stage: 'running',
    offset: 720,
    outcomes: 'ssff',
    failedTasks: ['prepare'],
    tasks: { load: 0.81, extract: 0.3, publish: 0.1, notify: 0.05 },
    reasons: [
      ['The last 2 runs failed', 1.9],
      ['Monday noon is quiet', -0.4],
    ],
    taskReasons: [
      ['14 of 16 slots of pool `etl` busy', 0.9],
      ['It is early', 0.2],
    ],
    suggestion: 'Add slots to pool `etl`.',
  },
  {
    dagId: evil,
    risk: 0.4,
    usual: 0.4,
    offset: 7200,
    outcomes: 'sf',
    tasks: { [evil]: 0.4 },
    taskReasons: [[`All slots of pool \`${evil}\` busy`, 0.9]],
    suggestion: `Look at \`${evil}\`.`,
    isThin: true,
  },
  { dagId: 'calm', risk: 0.02, outcomes: '' },
];

const main = (text: string): string => text.slice(text.indexOf('<main'), text.indexOf('</main>'));

describe('the overview', () => {
  const http = useServer({ scorer: sketchSource(sketches) });
  const page = async (path = '/'): Promise<string> => main((await http.ask(path)).text);

  it('puts the riskiest first: risk, usual risk, stage, reasons, tasks, outcomes', async () => {
    const text = await page();
    expect(text.indexOf('>orders</a>')).toBeLessThan(text.indexOf(`>${evilHtml}</a>`));
    for (const part of [
      '87%',
      'Very likely to fail',
      '9.7× its usual 9.0%',
      'Running for 12 min',
      'usually 4 min',
      'The last 2 runs failed',
      '>load</span>',
      '14 of 16 slots of pool <code>etl</code> busy',
      'Add slots to pool <code>etl</code>.',
      '>✕ prepare</span>',
      '1 of 4 tasks done',
      '2 of last 4 runs failed, latest 1 h ago',
      'Next run in 2 h',
      'as usual (40%)',
      'At risk on any day: its usual risk is 40%',
      'Thin evidence',
      'No finished run yet',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('Monday noon is quiet');
    expect(text).not.toContain('It is early');
    expect(text.match(/Thin evidence/g)).toHaveLength(1);
    expect(text).not.toContain('>notify</span>');
  });

  it('describes pictures in words', async () => {
    const text = await page();
    expect(text).toContain('aria-label="Risk 87%, usually 9.0%"');
    expect(text).toContain('aria-label="2 of last 4 runs failed, latest 1 h ago"');
    expect(text).toMatch(/<title>Failed 1 h ago after 4 min – scheduled__2026-11-23T10:55:00.000Z<\/title>/);
  });

  it('escapes ids everywhere', async () => {
    for (const path of ['/', `/dags/${encodeURIComponent(evil)}`, `/?q=${encodeURIComponent(evil)}`]) {
      const answer = await http.ask(path);
      expect(answer.status).toBe(200);
      expect(answer.text).toContain(evilHtml);
      expect(answer.text).not.toContain('<img src=x');
    }
    const missing = await http.ask(`/dags/${encodeURIComponent('<b>none</b>')}`, {
      headers: { accept: 'text/html' },
    });
    expect(missing.status).toBe(404);
    expect(missing.text).toContain('&#60;b&#62;none&#60;/b&#62;');
    expect(missing.text).not.toContain('<b>none');
  });

  it('has no inline script, style or handler, as the CSP demands', async () => {
    for (const path of ['/', '/dags/orders', '/sign-in']) {
      const { text } = await http.ask(path);
      expect(text).not.toMatch(/<script(?![^>]* src=)/);
      expect(text).not.toMatch(/<style|\sstyle=|\son\w+="/);
      expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    }
  });

  it('finds DAGs by a part of their id', async () => {
    const text = await page('/?q=ORD');
    expect(text).toContain('>orders</a>');
    expect(text).not.toContain('>calm</a>');
    expect(await page('/?q=nothing-like-it')).toContain('No active DAG matches');
  });

  it('serves its assets, for ever when the version is named', async () => {
    const { text } = await http.ask('/');
    const css = /href="(\/assets\/orc\.css\?v=\w+)"/.exec(text)![1]!;
    const script = /src="(\/assets\/orc\.js\?v=\w+)"/.exec(text)![1]!;
    const style = await http.ask(css);
    expect(style.headers['content-type']).toBe('text/css; charset=utf-8');
    expect(style.headers['cache-control']).toContain('immutable');
    expect((await http.ask(script)).headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await http.ask('/assets/orc.css')).headers['cache-control']).toBe('no-cache');
    expect((await http.ask('/assets/..%2f..%2fmetrics.ts')).status).toBe(404);
  });
});

describe('the way to Airflow', () => {
  const airflowUrl = (name: string) => (name === 'production' ? 'https://airflow.example.com/x/' : null);
  const odd = 'a/b?c" d';
  const known = useServer({
    scorer: sketchSource([
      { dagId: odd, risk: 0.1 },
      { dagId: 'elsewhere', deployment: 'staging', risk: 0.1 },
    ]),
    airflowUrl,
  });

  it('leads from a DAG to its page there, by one address for every Airflow', async () => {
    const path = `/dags/${encodeURIComponent(odd)}/airflow?deployment=production`;
    const { status, headers } = await known.ask(path);
    expect(status).toBe(302);
    expect(headers.location).toBe(`https://airflow.example.com/x/dags/${encodeURIComponent(odd)}`);
    const page = await known.ask(`/dags/${encodeURIComponent(odd)}?deployment=production`);
    expect(page.text).toContain(`href="${path}"`);
  });

  it('goes nowhere for a DAG or an Airflow that is not known', async () => {
    const away = await known.ask('/dags/elsewhere/airflow?deployment=staging');
    expect(away.status).toBe(404);
    expect(away.text).toContain('deployments[].url');
    expect((await known.ask('/dags/unknown/airflow')).status).toBe(404);
    expect((await known.ask('/dags/elsewhere?deployment=staging')).text).not.toContain('/airflow?');
  });
});

describe('the page of one DAG', () => {
  const http = useServer({ scorer: sketchSource(sketches) }, (database) => addFailures(database, evil));

  it('tells why its tries failed, with what the log says as text', async () => {
    const text = main((await http.ask('/dags/orders?deployment=production')).text);
    expect(text).toContain('Last failures');
    expect(text).toContain('memory, disk or quota');
    expect(text).toContain(evilHtml);
    expect(text).not.toContain(evil);
    expect(text).toContain('load[3], try 2');
    expect(text).toContain('Log file not found');
    expect(main((await http.ask('/dags/calm')).text)).not.toContain('Last failures');
  });

  it('tells every reason, task and run', async () => {
    const text = main((await http.ask('/dags/orders?deployment=production')).text);
    for (const part of [
      '87%',
      'The last 2 runs failed',
      'raises the risk',
      'Monday noon is quiet',
      'lowers the risk',
      'Riskiest task',
      'It is early',
      'Add slots to pool <code>etl</code>.',
      'notify',
      'PythonOperator',
      'After retries',
      '1 more try left',
      'scheduled__current_orders',
      '✕ prepare',
      '✕ failed',
      '✓ success',
      '0 * * * *',
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe.each([
  ['starting', 'Reading the history: about 40 %.', 'about 40 %'],
  ['no_history', 'No fact.', 'orc import'],
  ['no_model', 'No model is in use.', 'orc train'],
  ['model_outdated', 'Trained on other features.', 'orc train'],
] as const)('without scores: %s', (state, detail, expected) => {
  const http = useServer({ scorer: sketchSource(null, { state, detail }) });
  it('says what is missing', async () => {
    const answer = await http.ask('/');
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(expected);
  });
});

describe('with little to tell', () => {
  const calm = useServer({ scorer: sketchSource([{ dagId: 'calm', risk: 0.03 }]) });
  it('says that nothing is at risk', async () => {
    expect(main((await calm.ask('/')).text)).toMatch(
      /Nothing at risk\.<\/b> The riskiest of 1 active DAG stands at\s+3\.0%/,
    );
  });

  const none = useServer({ scorer: sketchSource([]) });
  it('says that no DAG is active', async () => {
    expect(main((await none.ask('/')).text)).toContain('No active DAG');
  });
});

describe('with old scores', () => {
  const http = useServer({
    scorer: sketchSource(sketches, { lastError: 'the database does not answer' }),
    clock: () => NOW + 720,
  });
  it('says how old and why', async () => {
    const { text } = await http.ask('/');
    expect(text).toMatch(/These scores are 12 min old: ORC cannot refresh\s+them\./);
    expect(text).toContain('the database does not answer');
  });
});

describe('replaying history', () => {
  const http = useServer({
    scorer: sketchSource(sketches, {}, { refreshedAt: NOW + 90 * 86_400 }),
    clock: () => NOW + 90 * 86_400,
  });
  it('says which moment it shows', async () => {
    expect((await http.ask('/')).text).toContain('Replay of 2026-11-23 12:00:00 UTC');
  });
});
