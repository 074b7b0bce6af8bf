import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeAirflow } from '../collector/airflow/fake-airflow.js';
import { smallWorld } from '../collector/airflow/fake-world.js';
import { temporaryDatabase, type TemporaryDatabase } from '../support/database.js';
import { runOrc } from '../support/orc.js';

const directory = mkdtempSync(join(tmpdir(), 'orc-collect-'));
const configPath = join(directory, 'orc.yaml');
let store: TemporaryDatabase;
let airflow: FakeAirflow;

beforeAll(async () => {
  store = await temporaryDatabase();
  airflow = await new FakeAirflow(smallWorld()).start();
  airflow.world.now = Math.floor(Date.now() / 1000);
  const deployment = (name: string, password: string): string =>
    `{ name: ${name}, url: '${airflow.url}', username: viewer, password: ${password}, history_days: 3650 }`;
  writeFileSync(
    configPath,
    `deployments: [${deployment('wrong', 'guess')}, ${deployment('prod', 'secret-password')}]\n`,
  );
});
afterAll(async () => {
  await airflow.stop();
  await store.drop();
  rmSync(directory, { recursive: true });
});

describe('orc collect', () => {
  it('collects from the other deployments when one fails, says which and why, and ends with 1', async () => {
    const environment = { ORC_DATABASE_URL: store.url };
    const { code, stdout, stderr } = await runOrc(['collect', '--json', '--config', configPath], environment);
    const { deployments } = JSON.parse(stdout) as { deployments: Record<string, unknown>[] };
    expect(deployments[0]).toMatchObject({
      deployment: 'wrong',
      error: {
        code: 'airflow_unauthorized',
        message: expect.stringContaining('wrong user name or password') as unknown,
      },
    });
    expect(deployments[1]).toMatchObject({ deployment: 'prod', mode: 'full' });
    expect(deployments[1]!['tries']).not.toMatchObject({ received: 0 });
    expect(stderr).toContain('wrong user name or password');
    expect(code).toBe(1);
    const [facts] = await store.database.query<{ deployments: string[] }>(
      'SELECT array_agg(DISTINCT deployment) AS deployments FROM try_fact',
    );
    expect(facts!.deployments).toEqual(['prod']);
  });
});
