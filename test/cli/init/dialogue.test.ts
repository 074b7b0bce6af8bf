import { afterEach, describe, expect, it } from 'vitest';
import { askAndTest } from '../../../cli/init/dialogue.js';
import type { Given } from '../../../cli/init/given.js';
import type { Prompter } from '../../../cli/init/prompter.js';
import { silentLogger } from '../../../core/logger.js';
import { FakeAirflow } from '../../collector/airflow/fake-airflow.js';
import { smallWorld } from '../../collector/airflow/fake-world.js';

const NOTHING: Given = { name: null, url: null, username: null, secret: null };
let airflow: FakeAirflow;
afterEach(() => airflow.stop());

/** Answers in this order; every question and message is kept. */
function scripted(answers: readonly string[]) {
  const shown: string[] = [];
  const rest = [...answers];
  const next = (question: string): string => {
    shown.push(question);
    const answer = rest.shift();
    if (answer === undefined) throw new Error(`no answer left for: ${question}`);
    return answer;
  };
  const prompter: Prompter = {
    text: (question, initial, problem) => {
      const answer = next(question) || initial;
      expect(problem(answer)).toBeUndefined();
      return Promise.resolve(answer);
    },
    hidden: (question) => Promise.resolve(next(question)),
    choose: (question) => Promise.resolve(next(question) as never),
    confirm: (question) => Promise.resolve(next(question) === 'yes'),
    say: (message) => shown.push(message),
  };
  return { prompter, shown, rest };
}

async function ask(given: Given, answers: readonly string[]) {
  const script = scripted(answers);
  const outcome = askAndTest(given, script.prompter, {
    logger: silentLogger(),
    clock: () => airflow.world.now,
    signal: new AbortController().signal,
    onCheck: () => undefined,
  });
  return { ...script, outcome: await outcome.catch((error: unknown) => error) };
}

describe('askAndTest', () => {
  it('asks again for an address and a password that do not work', async () => {
    airflow = await new FakeAirflow(smallWorld(), { prefix: '/team' }).start();
    const { outcome, shown, rest } = await ask(NOTHING, [
      airflow.url.replace('/team', ''),
      `${airflow.url}/home`,
      'prod',
      'password',
      'viewer',
      'guess',
      'password',
      '',
      'secret-password',
    ]);
    expect(rest).toEqual([]);
    expect(outcome).toMatchObject({
      settings: {
        name: 'prod',
        url: airflow.url,
        username: 'viewer',
        secret: { key: 'password', value: 'secret-password', kept: { in: 'new_file' } },
      },
    });
    const text = shown.join('\n');
    expect(text).toContain('path prefix');
    expect(text).toContain('Append "orc:viewer"');
    expect(text).toContain('wrong user name or password');
    expect(text).not.toContain('secret-password');
  });

  it('does not ask for what is given', async () => {
    airflow = await new FakeAirflow(smallWorld()).start();
    const secret = {
      key: 'password',
      value: 'secret-password',
      kept: { in: 'environment', variable: 'X' },
    } as const;
    const given = { name: 'prod', url: airflow.url, username: 'viewer', secret };
    const { outcome } = await ask(given, []);
    expect(outcome).toMatchObject({ settings: { ...given } });
  });

  it('leaves it to the user to write a configuration whose user lacks a right', async () => {
    airflow = await new FakeAirflow(smallWorld()).start();
    airflow.interfere = ({ path }) =>
      path.endsWith('/pools') ? { status: 403, body: '{"detail":"Forbidden"}' } : undefined;
    const answers = ['', 'password', 'viewer', 'secret-password'];
    const given = { ...NOTHING, url: airflow.url };
    expect((await ask(given, [...answers, 'yes'])).outcome).toMatchObject({ settings: { name: 'default' } });
    expect((await ask(given, [...answers, 'no'])).outcome).toMatchObject({ code: 'cancelled' });
  });
});
