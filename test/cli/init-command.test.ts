import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../core/config/load.js';
import { FakeAirflow } from '../collector/airflow/fake-airflow.js';
import { smallWorld } from '../collector/airflow/fake-world.js';
import { runOrc } from '../support/orc.js';

let directory: string;
let airflow: FakeAirflow;
let config: string;
let passwordFile: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'orc-init-'));
  config = join(directory, 'orc.yaml');
  passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, 'secret-password\n');
  airflow = await new FakeAirflow(smallWorld()).start();
});
afterEach(async () => {
  await airflow.stop();
  rmSync(directory, { recursive: true });
});

const init = (args: readonly string[], environment: Record<string, string> = {}, input?: string) =>
  runOrc(['init', '--config', config, ...args], environment, input);
const login = () => ['--url', `${airflow.url}/home`, '--username', 'viewer'];
const load = () => loadConfig({ configPath: config, environment: {} }).deployments;

describe('orc init without a terminal', () => {
  it('writes what it tested, and names the file of the password', async () => {
    const { code, stdout, stderr } = await init([
      ...login(),
      '--password-file',
      passwordFile,
      '--name',
      'prod',
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain(`orc check --config ${config}`);
    expect(readFileSync(config, 'utf8')).not.toContain('secret-password');
    expect(load()).toMatchObject([
      {
        name: 'prod',
        url: airflow.url,
        username: 'viewer',
        password: 'secret-password',
        password_file: passwordFile,
      },
    ]);
  });

  it('keeps a password from standard input in a file of mode 0600', async () => {
    const { code, stdout } = await init([...login(), '--password-stdin', '--json'], {}, 'secret-password\n');
    expect(code).toBe(0);
    const secret = join(directory, 'orc.default.password');
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, config, secret_file: secret });
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    expect(load()).toMatchObject([{ password: 'secret-password', password_file: secret }]);
  });

  it('leaves a password of the environment there', async () => {
    const environment = {
      ORC_AIRFLOW_URL: airflow.url,
      ORC_AIRFLOW_USERNAME: 'viewer',
      ORC_AIRFLOW_PASSWORD: 'secret-password',
    };
    expect((await init([], environment)).stdout).toContain('stays in ORC_AIRFLOW_PASSWORD');
    expect(readdirSync(directory).sort()).toEqual(['orc.yaml', 'password']);
    expect(readFileSync(config, 'utf8')).not.toContain('secret-password');
  });

  it('overwrites nothing without --force, and replaces a readable secret by a hidden one with it', async () => {
    writeFileSync(config, 'mine\n');
    const secret = join(directory, 'orc.default.password');
    writeFileSync(secret, 'old\n', { mode: 0o644 });
    const args = [...login(), '--password-stdin'];
    const refused = await init(args, {}, 'secret-password');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') as string });
    rmSync(config);
    expect((await init(args, {}, 'secret-password')).code).toBe(1);
    expect(existsSync(config)).toBe(false);
    expect(readFileSync(secret, 'utf8')).toBe('old\n');
    expect((await init([...args, '--force'], {}, 'secret-password')).code).toBe(0);
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).sort()).toEqual(['orc.default.password', 'orc.yaml', 'password']);
  });

  it('writes nothing when a test fails, unless it is told not to test', async () => {
    airflow.password = 'another';
    const args = [...login(), '--password-file', passwordFile];
    const { code, stdout } = await init([...args, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, config: null });
    expect(existsSync(config)).toBe(false);
    expect((await init([...args, '--no-check'])).code).toBe(0);
    expect(load()).toHaveLength(1);
  });

  it.each([
    ['no address', ['--username', 'viewer'], /address of Airflow is missing[\s\S]*--url/],
    ['a password in the address', ['--url', 'http://u:hunter2@h'], /leave user and password out/],
    ['what is not an address', ['--url', 'airflow'], /expected an http:\/\/ or https:\/\/ address/],
    ['a bad name', ['--url', 'http://h', '--name', 'a b'], /name is "a b"/],
    [
      'a file that is missing',
      ['--url', 'http://h', '--password-file', '/nowhere'],
      /\/nowhere cannot be read/,
    ],
  ])('refuses %s with exit code 2', async (_name, args, message) => {
    const { code, stderr } = await init(args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('hunter2');
    expect(code).toBe(2);
  });

  it('refuses two secrets', async () => {
    const { code, stderr } = await init([...login(), '--password-file', passwordFile], {
      ORC_AIRFLOW_TOKEN: 't',
    });
    expect(stderr).toContain('--password-file and ORC_AIRFLOW_TOKEN are both set; keep one');
    expect(code).toBe(2);
  });
});
