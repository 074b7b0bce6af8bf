import type { FailureClass } from '../../core/facts.js';

export interface Rule {
  readonly id: string;
  readonly class: Exclude<FailureClass, 'unknown'>;
  readonly pattern: RegExp;
  /** A line of a log that this rule is for; it is tested. */
  readonly example: string;
}

const rule = (id: string, failureClass: Rule['class'], pattern: RegExp, example: string): Rule => ({
  id,
  class: failureClass,
  pattern,
  example,
});

/** In order of precedence: of the rules that match a line the first decides, so specific ones stand before general ones. */
export const RULES: readonly Rule[] = [
  rule(
    'marked_by_user',
    'stopped_by_person',
    /State of this instance has been externally set to (?:failed|success|skipped|removed)|marked as (?:failed|success) externally/i,
    'State of this instance has been externally set to failed. Terminating instance.',
  ),
  rule(
    'run_stopped',
    'stopped_by_person',
    /Server indicated the task shouldn't be running anymore/i,
    "Server indicated the task shouldn't be running anymore",
  ),
  rule('keyboard_interrupt', 'stopped_by_person', /^KeyboardInterrupt\b/, 'KeyboardInterrupt'),

  rule(
    'external_task_failed',
    'upstream',
    /ExternalTaskFailedError|ExternalDagFailedError|external (?:DAG|task)s? .{0,300}\bfailed/i,
    'airflow.exceptions.AirflowException: The external DAG sales has failed.',
  ),
  rule(
    'triggered_dag_failed',
    'upstream',
    /\bfailed with failed states? |DagRun finished with failed state/i,
    "AirflowException: sales failed with failed states ['failed']",
  ),
  rule(
    'missing_xcom',
    'upstream',
    /XComNotFound|upstream_failed/,
    'airflow.exceptions.XComNotFound: No XCom found for task "extract"',
  ),

  rule(
    'out_of_memory',
    'resource',
    /OutOfMemory|OOMKilled|\bMemoryError\b|out of memory|Cannot allocate memory/i,
    'java.lang.OutOfMemoryError: Java heap space',
  ),
  rule(
    'killed',
    'resource',
    /return code -9\b|exit(?:ed with)? code -?137|exit_code=-9|-9: SIGKILL|Signals\.SIGKILL|likely out of memory/i,
    'Task exited with return code -9',
  ),
  rule(
    'disk_full',
    'resource',
    /No space left on device|disk (?:is )?full|Disk quota exceeded|DiskFull\b/i,
    'OSError: [Errno 28] No space left on device',
  ),
  rule(
    'quota',
    'resource',
    /quota ?exceeded|exceeded (?:your |the )?(?:current )?quota|ResourceExhausted|resources? exceeded/i,
    'google.api_core.exceptions.Forbidden: 403 Quota exceeded: Your project exceeded quota for concurrent queries',
  ),
  rule(
    'too_many_resources',
    'resource',
    /Too many open files|can't start new thread|Resource temporarily unavailable|remaining connection slots|too many (?:connections|clients)/i,
    'FATAL: sorry, too many clients already',
  ),

  rule(
    'task_timeout',
    'timeout',
    /AirflowTaskTimeout|AirflowSensorTimeout|TaskDeferralTimeout|Sensor has timed out|TaskTimeout\b/,
    'airflow.exceptions.AirflowSensorTimeout: Sensor has timed out; run duration of 60.2 seconds exceeds the specified timeout of 60.',
  ),
  rule(
    'statement_timeout',
    'timeout',
    /canceling statement due to (?:statement|lock) timeout|Lock wait timeout exceeded|QueryCanceled/i,
    'psycopg2.errors.QueryCanceled: canceling statement due to statement timeout',
  ),
  rule(
    'subprocess_timeout',
    'timeout',
    /subprocess\.TimeoutExpired|\btimed out after \d+/,
    "subprocess.TimeoutExpired: Command '['dbt', 'run']' timed out after 600 seconds",
  ),

  rule(
    'rate_limited',
    'transient_infrastructure',
    /\b429\b.{0,80}(?:Too Many|Client Error)|Too Many Requests|rate limit|Throttling|SlowDown\b/i,
    'requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://api.example.com/orders',
  ),
  rule(
    'access_denied',
    'permission_or_configuration',
    /\bPermission ?(?:Error|Denied)|Access ?Denied|\bforbidden\b|\bunauthori[sz]ed\b|permission denied|\b40[13] Client Error/i,
    "PermissionError: [Errno 13] Permission denied: '/data/out.csv'",
  ),
  rule(
    'login_failed',
    'permission_or_configuration',
    /authentication failed|Expired ?Token|invalid (?:credentials|api key|token)|(?:token|credentials?).{0,20}(?:has |have )?expired|NoCredentialsError/i,
    'FATAL: password authentication failed for user "etl"',
  ),
  rule(
    'missing_setting',
    'permission_or_configuration',
    /The conn_id [`'"].{1,200} isn't defined|AirflowNotFoundException|AirflowConfigException|Variable .{1,200} does not exist|VARIABLE_NOT_FOUND|CONNECTION_NOT_FOUND/i,
    "airflow.exceptions.AirflowNotFoundException: The conn_id `warehouse` isn't defined",
  ),
  rule(
    'certificate',
    'permission_or_configuration',
    /CERTIFICATE_VERIFY_FAILED|certificate (?:verify failed|has expired)/i,
    'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired',
  ),

  rule(
    'broken_constraint',
    'data',
    /violates .{0,40}constraint|IntegrityError|UniqueViolation|NotNullViolation|Duplicate entry/i,
    'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "orders_pkey"',
  ),
  rule(
    'wrong_value',
    'data',
    /invalid input syntax|value too long|could not convert|DataError|out of range for type|numeric field overflow|InvalidTextRepresentation/i,
    "ValueError: could not convert string to float: 'n/a'",
  ),
  rule(
    'bad_encoding_or_format',
    'data',
    /UnicodeDecodeError|JSONDecodeError|ParserError|ArrowInvalid|BadZipFile|malformed|Expecting value: line/i,
    'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',
  ),
  rule(
    'quality_check',
    'data',
    /SchemaError|ValidationError|expectation.{0,40}failed|data quality|Test failed\.|EmptyDataError/i,
    'pandera.errors.SchemaError: non-nullable series amount contains null values',
  ),
  rule(
    'missing_input',
    'data',
    /FileNotFoundError|NoSuchKey|No such file or directory|\b404 Client Error|specified key does not exist/i,
    "FileNotFoundError: [Errno 2] No such file or directory: '/in/orders-2026-11-24.csv'",
  ),

  rule(
    'connection_lost',
    'transient_infrastructure',
    /Connection ?(?:Reset|Refused|Aborted)|connection (?:was )?(?:closed|lost|terminated)|server closed the connection|BrokenPipe|Broken pipe|RemoteDisconnected|OperationalError|could not connect|refused the connection|\bECONN(?:REFUSED|RESET|ABORTED)\b|\bEHOSTUNREACH\b|Network is unreachable|No route to host/i,
    'requests.exceptions.ConnectionError: Connection refused',
  ),
  rule(
    'name_lookup',
    'transient_infrastructure',
    /Name or service not known|Temporary failure in name resolution|getaddrinfo|NameResolutionError/i,
    'socket.gaierror: [Errno -3] Temporary failure in name resolution',
  ),
  rule(
    'server_error',
    'transient_infrastructure',
    /\b50[0234] (?:Server Error|Bad Gateway|Service|Gateway|Internal)|ServiceUnavailable|Service Unavailable|InternalServerError|Max retries exceeded/i,
    'requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://api.example.com',
  ),
  rule(
    'deadlock',
    'transient_infrastructure',
    /deadlock detected|Deadlock found|could not serialize access/i,
    'psycopg2.errors.DeadlockDetected: deadlock detected',
  ),
  rule(
    'worker_lost',
    'transient_infrastructure',
    /heartbeat timeout|zombie|Detected .{0,40}lost|pod .{0,300}(?:evicted|not found|deleted)|WorkerLostError|NodeLost|preempt|Received SIGTERM|return code -15\b/i,
    'Task received SIGTERM signal: Received SIGTERM. Terminating subprocesses',
  ),
  rule(
    'network_timeout',
    'timeout',
    /\bTimeout(?:Error)?\b|ReadTimeout|ConnectTimeout|timed out|DeadlineExceeded|\b504\b/i,
    'requests.exceptions.ReadTimeout: HTTPSConnectionPool: Read timed out. (read timeout=30)',
  ),
  rule(
    'connection_error',
    'transient_infrastructure',
    /\b\w*Connection(?:Error|Exception)\b|\bClientConnector(?:DNS)?Error\b/,
    'ConnectionError: warehouse-db:5432 gave no answer',
  ),

  rule(
    'sql_error',
    'code',
    /UndefinedTable|UndefinedColumn|ProgrammingError|syntax error|does not exist\b|Unknown column/i,
    'psycopg2.errors.UndefinedColumn: column "amount_eur" does not exist',
  ),
  rule(
    'import_error',
    'code',
    /ModuleNotFoundError|ImportError|No module named|command not found/i,
    "ModuleNotFoundError: No module named 'pandas'",
  ),
  rule(
    'programming_error',
    'code',
    /\b(?:TypeError|NameError|AttributeError|KeyError|IndexError|SyntaxError|IndentationError|ZeroDivisionError|AssertionError|UnboundLocalError|RecursionError|NotImplementedError|NullPointerException|UndefinedError|TemplateNotFound)\b/,
    "KeyError: 'customer_id'",
  ),
  rule(
    'segmentation_fault',
    'code',
    /SIGSEGV|return code -11\b|Segmentation fault/i,
    'Task exited with return code -11',
  ),
];
