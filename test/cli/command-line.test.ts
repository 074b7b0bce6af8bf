import { describe, expect, it } from 'vitest';
import { createProgram } from '../../cli/program.js';
import { runOrc } from '../support/orc.js';

const NAMES = [
  'demo',
  'init',
  'check',
  'up',
  'collect',
  'import',
  'train',
  'backtest',
  'score',
  'models',
  'tokens',
  'simulate',
  'config',
];

describe('orc', () => {
  it('has the commands of the contract', async () => {
    expect((await createProgram()).commands.map((command) => command.name())).toEqual(
      expect.arrayContaining(NAMES),
    );
  });

  it('loads no other command than the one to run', async () => {
    for (const name of NAMES) {
      const { commands } = await createProgram(name);
      expect(commands.map((command) => command.name())).toEqual([name]);
    }
  });

  it('explains each command with an example and the common options', async () => {
    const leaves = (await createProgram()).commands.flatMap((command) =>
      command.commands.length > 0 ? command.commands : [command],
    );
    for (const command of leaves) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      expect(help, command.name()).toMatch(
        /--config <file>[\s\S]*--data-dir <dir>[\s\S]*--json[\s\S]*Example:\n {2}\$ orc /,
      );
    }
  });

  it('gives an example for what only holds other commands, too', async () => {
    const program = await createProgram();
    for (const group of [program, ...program.commands.filter(({ commands }) => commands.length > 0)]) {
      let help = '';
      group.configureOutput({ writeOut: (text) => (help += text) });
      group.outputHelp();
      const [, example] = /Example:\n {2}\$ orc (.+)\n/.exec(help) ?? [];
      expect(example, group.name()).toBeDefined();
      const [name, leaf] = example!.split(' ');
      const shown = program.commands.find((command) => command.name() === name);
      if (group !== program) expect(shown?.commands.map((command) => command.name())).toContain(leaf);
      else expect(shown).toBeDefined();
    }
  });

  it.each([
    ['an unknown command', ['frobnicate'], /unknown command 'frobnicate'/],
    ['an unknown option', ['train', '--fast'], /unknown option '--fast'/],
    ['a missing argument', ['import'], /missing required argument 'file'/],
    ['a number out of range', ['backtest', '--train-fraction', '2'], /expected a number from 0\.05 to 0\.95/],
    ['a time without a zone', ['collect', '--since', '2026-01-01'], /expected a time with a zone/],
    ['an unknown role', ['tokens', 'create', 'x', '--role', 'root'], /viewer, operator, developer, admin/],
    [
      'a configuration file that is missing',
      ['config', 'check', '--config', '/nowhere.yaml'],
      /nowhere\.yaml: cannot be read/,
    ],
    ['no deployment to collect from', ['collect'], /no Airflow is configured[\s\S]*ORC_AIRFLOW_URL/],
  ])('refuses %s with exit code 2', async (_name, args, message) => {
    const { code, stdout, stderr } = await runOrc(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('prints the configuration without its secrets', async () => {
    const { code, stdout } = await runOrc(['config', 'print', '--json'], {
      ORC_AIRFLOW_URL: 'http://127.0.0.1:1',
      ORC_AIRFLOW_USERNAME: 'viewer',
      ORC_AIRFLOW_PASSWORD: '12345678',
    });
    expect(code).toBe(0);
    expect(stdout).not.toContain('12345678');
    expect(JSON.parse(stdout)).toMatchObject({
      deployments: [{ url: 'http://127.0.0.1:1', password: '[hidden]' }],
    });
  });

  it('shows its version', async () => {
    expect(await runOrc(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  });
});
