import type { AuthManager, Reading, RestVersion } from '../../collector/airflow/index.js';

/** What an Airflow administrator does so that ORC can read, exactly as typed. Checked on Airflow 3.2.1 and FAB provider 3.6.1. */
export function howToCreateUser(manager: AuthManager, username: string): string {
  const simple = [
    `Append "${username}:viewer" to [core] simple_auth_manager_users (AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS, separated by commas)`,
    'and restart the API server. It writes the new password to $AIRFLOW_HOME/simple_auth_manager_passwords.json.generated.',
  ];
  const fab = [
    'On the machine of the Airflow API server (asks for the new password):',
    `airflow users create --username ${username} --role Viewer --firstname ORC --lastname AI --email ${username}@example.com`,
  ];
  switch (manager) {
    case 'simple':
      return simple.join('\n');
    case 'fab':
      return fab.join('\n');
    case 'simple_all_admins':
      return 'Nothing: this Airflow takes everybody for an administrator (simple_auth_manager_all_admins).';
    case 'unknown':
      return ['With the SimpleAuthManager:', ...simple, 'With the FAB provider:', ...fab].join('\n');
  }
}

/** How to correct a user name or password that Airflow refuses. Airflow 2 refuses both alike where its API takes none. */
export function howToCorrectLogin(
  manager: AuthManager,
  username: string | null,
  restVersion: RestVersion = 'v2',
): string {
  const user = howToCorrectUser(manager, username);
  const backend =
    'Let [api] auth_backends (AIRFLOW__API__AUTH_BACKENDS) of that Airflow name airflow.api.auth.backend.basic_auth.';
  return restVersion === 'v1' ? [backend, user].join('\n') : user;
}

function howToCorrectUser(manager: AuthManager, username: string | null): string {
  if (username === null)
    return `Set username and password. If ORC has no user yet: ${howToCreateUser(manager, 'orc')}`;
  const lookUp =
    'The password of the SimpleAuthManager stands in $AIRFLOW_HOME/simple_auth_manager_passwords.json.generated on the API server.';
  const reset = `With the FAB provider: airflow users reset-password --username ${username}`;
  const isThere = `If there is no user ${JSON.stringify(username)} yet: ${howToCreateUser(manager, username)}`;
  if (manager === 'simple') return [lookUp, isThere].join('\n');
  if (manager === 'fab') return [reset, isThere].join('\n');
  return [lookUp, reset, isThere].join('\n');
}

/** The right that each reading takes, in the words of the FAB provider; its role Viewer holds all but that to the event log. */
const RIGHTS: Readonly<Record<Reading, string>> = {
  dags: 'can read on DAGs',
  tasks: 'can read on DAGs, can read on Task Instances',
  dag_runs: 'can read on DAGs, can read on DAG Runs',
  task_instances: 'can read on DAGs, can read on DAG Runs, can read on Task Instances',
  tries: 'can read on DAGs, can read on DAG Runs, can read on Task Instances',
  dag_versions: 'can read on DAGs, can read on DAG Versions',
  pools: 'can read on Pools',
  logs: 'can read on DAGs, can read on Task Logs',
  assets: 'can read on Assets, can read on Asset Aliases (Airflow 2: can read on Datasets)',
  asset_events: 'can read on Assets (Airflow 2: can read on Datasets)',
  dag_dependencies: 'can read on DAGs, can read on DAG Dependencies',
  import_errors: 'can read on ImportError',
  health: 'none: everybody may read it, so something in front of Airflow refuses it',
  event_log: 'can read on DAGs, can read on Audit Logs',
  deadlines: 'can read on DAGs, can read on DAG Runs',
};

/** The commands that let a user of the FAB provider read the event log, which no role below Admin may. */
function howToAllowEventLog(username: string): string {
  return [
    'airflow roles create AuditReader',
    'airflow roles add-perms AuditReader --action can_read --resource "Audit Logs"',
    `airflow users add-role --username ${username} --role AuditReader`,
  ].join('\n');
}

/** How to give a user the right to one reading. */
export function howToAllow(manager: AuthManager, reading: Reading, username: string | null): string {
  const user = username ?? 'orc';
  const fab =
    reading === 'event_log'
      ? howToAllowEventLog(user)
      : `airflow users add-role --username ${user} --role Viewer\n` +
        `(or only the rights for this, in a role of your own: ${RIGHTS[reading]})`;
  const simple = `Write "${user}:viewer" in [core] simple_auth_manager_users and restart the API server.`;
  switch (manager) {
    case 'simple':
    case 'simple_all_admins':
      return simple;
    case 'fab':
      return fab;
    case 'unknown':
      return `Give the user the role Viewer. With the FAB provider: ${fab}\nWith the SimpleAuthManager: ${simple}`;
  }
}
