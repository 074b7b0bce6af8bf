import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const POLICY = join(import.meta.dirname, '../../deploy/airflow-plugin/orc_advice_policy.py');
const STACK = '/var/cache/orc-stack';
const home = mkdtempSync(join(tmpdir(), 'orc-policy-'));
const config = join(home, 'config');
mkdirSync(config);
copyFileSync(POLICY, join(config, 'orc_advice_policy.py'));
writeFileSync(
  join(config, 'airflow_local_settings.py'),
  'from orc_advice_policy import task_instance_mutation_hook\n',
);
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

function python(executable: string, script: string): unknown {
  const out = execFileSync(executable, ['-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      AIRFLOW_HOME: home,
      PYTHONPATH: config,
      PYTHONDONTWRITEBYTECODE: '1',
      ORC_ADVICE_FILE: join(home, 'advice.json'),
    },
  });
  return JSON.parse(out.trim().split('\n').at(-1)!);
}

/** Writes advice and applies it to made-up task instances, by whatever `apply` is; each step is a new state of the file. */
const STEPS = `
import json, os, time, types
FILE = os.environ["ORC_ADVICE_FILE"]
def write(text):
    with open(FILE + ".tmp", "w") as file: file.write(text)
    os.replace(FILE + ".tmp", FILE)
def advice(until, **tasks):
    write(json.dumps({"version": 1, "valid_until": until, "deployments": {"default": {"d": tasks}}}))
def told(task, tries=1, queue="default"):
    ti = types.SimpleNamespace(dag_id="d", task_id=task, max_tries=tries, queue=queue)
    apply(ti)
    return [ti.max_tries, ti.queue]
LATER, EARLIER = "2096-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"
out = {"no file": told("flaky")}
advice(LATER, flaky={"retries": 3}, heavy={"queue": "big"}, odd={"retries": True, "queue": 7}, much={"retries": 99})
out["advised"] = [told("flaky"), told("heavy"), told("other"), told("flaky", 5), told("flaky", None)]
out["odd"] = [told("odd"), told("much")]
write('{"version": 1, "valid_')
out["half a file"] = told("flaky")
advice(EARLIER, flaky={"retries": 3})
out["out of date"] = told("flaky")
write(json.dumps({"version": 2, "valid_until": LATER, "deployments": {"default": {"d": {"flaky": {"retries": 3}}}}}))
out["another version"] = told("flaky")
write(json.dumps({"version": 1, "valid_until": LATER, "deployments": {"default": {"d": [1]}}}))
out["another shape"] = told("flaky")
advice(LATER, flaky={"retries": 2})
out["advised again"] = told("flaky")
reads = []
real = json.load
json.load = lambda file: reads.append(1) or real(file)
for _ in range(1000): told("flaky")
out["reads of a file that stays"] = len(reads)
os.remove(FILE)
out["removed"] = told("flaky")
`;

const TOLD = {
  'no file': [1, 'default'],
  advised: [
    [3, 'default'],
    [1, 'big'],
    [1, 'default'],
    [5, 'default'],
    [3, 'default'],
  ],
  odd: [
    [1, 'default'],
    [1, 'default'],
  ],
  'half a file': [1, 'default'],
  'out of date': [1, 'default'],
  'another version': [1, 'default'],
  'another shape': [1, 'default'],
  'advised again': [2, 'default'],
  'reads of a file that stays': 0,
  removed: [1, 'default'],
};

/** As Airflow itself calls it, registered by airflow_local_settings; without `is_noop` being false the scheduler would not. */
const WITHIN_AIRFLOW = `
import warnings
warnings.simplefilter("ignore")
from airflow import settings
if settings.task_instance_mutation_hook.is_noop:  # Newer ones have initialized themselves by now.
    settings.initialize()
apply = settings.task_instance_mutation_hook
${STEPS}
print(json.dumps({**out, "is_noop": apply.is_noop}))
`;

describe('the cluster policy', () => {
  it.skipIf(!hasPython)('applies advice, and changes nothing whenever something is wrong', () => {
    const script = `from orc_advice_policy import task_instance_mutation_hook as apply\n${STEPS}\nprint(json.dumps(out))`;
    expect(python('python3', script)).toEqual(TOLD);
  });

  it.skipIf(airflows.length === 0).each(airflows)('does so within %s', (airflow) => {
    expect(python(join(STACK, airflow, 'bin/python'), WITHIN_AIRFLOW)).toEqual({ ...TOLD, is_noop: false });
  });
});
