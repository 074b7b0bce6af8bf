import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const DAG_FILE = join(import.meta.dirname, '../../deploy/airflow/orc_retrain_dag.py');
const STACK = '/var/cache/orc-stack';
const home = mkdtempSync(join(tmpdir(), 'orc-dag-'));
afterAll(() => {
  rmSync(home, { recursive: true });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
/** Installed by the stack tests; none elsewhere. */
const airflows = existsSync(STACK)
  ? readdirSync(STACK).filter(
      (name) => /^airflow-[\d.]+$/.test(name) && existsSync(join(STACK, name, 'bin/python')),
    )
  : [];

/** Reads the file as it is, then with an address and a queue of its own; starting Airflow twice would take twice as long. */
const PARSE = `
import json, os, runpy, sys
def read():
    dag = runpy.run_path(sys.argv[1])["dag"]
    (task,) = dag.tasks
    return {"dag": dag.dag_id, "task": task.task_id, "command": task.bash_command, "env": task.env,
            "append": task.append_env, "templated": "env" in task.template_fields, "queue": task.queue, "catchup": dag.catchup}
plain = read()
os.environ.update(ORC_DATABASE_URL="postgresql://orc@db/orc", ORC_RETRAIN_QUEUE="heavy")
print(json.dumps([plain, read()]))
`;

function parse(airflow: string): unknown {
  const out = execFileSync(join(STACK, airflow, 'bin/python'), ['-c', PARSE, DAG_FILE], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '', HOME: home, AIRFLOW_HOME: home, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return JSON.parse(out.trim().split('\n').at(-1)!);
}

describe('the DAG that retrains', () => {
  it.skipIf(!hasPython)('compiles', () => {
    const env = { ...process.env, PYTHONPYCACHEPREFIX: home };
    execFileSync('python3', ['-m', 'py_compile', DAG_FILE], { env });
  });

  it.skipIf(airflows.length === 0).each(airflows)('is read by %s', (airflow) => {
    expect(parse(airflow)).toMatchObject([
      {
        dag: 'orc_retrain',
        task: 'train',
        command: '${ORC_COMMAND:-orc-ai} train --warm-start',
        env: { ORC_DATABASE_URL: expect.stringMatching(/^\{\{ conn\.orc_database\.get_uri\(\)/) as string },
        append: true,
        templated: true,
        catchup: false,
      },
      { env: {}, queue: 'heavy' },
    ]);
  });
});
