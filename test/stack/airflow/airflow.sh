#!/usr/bin/env bash
# Runs a real Airflow on a private PostgreSQL: airflow.sh start|upgrade|stop|status|env   (settings: README.md)
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
source "$here/settings.sh"

dags="$(realpath -m "${ORC_AIRFLOW_DAGS:-$here/../../../datasets/dag-pack/dags}")"
parallelism="${ORC_AIRFLOW_PARALLELISM:-4}"
wait_seconds="${ORC_AIRFLOW_WAIT_SECONDS:-180}"
niceness="${ORC_AIRFLOW_NICE:-0}"
state="$(realpath -m "$ORC_AIRFLOW_STATE")"
home="$state/home"
pgdata="$state/pgdata"
template="$ORC_AIRFLOW_VENV/empty-database"
url="http://127.0.0.1:$ORC_AIRFLOW_PORT"
# Airflow 2 serves its API from the web server, and its scheduler parses the DAG files.
is_airflow_2=false
components=(api-server scheduler dag-processor triggerer)
if [[ "$ORC_AIRFLOW_VERSION" == 2.* ]]; then
  is_airflow_2=true
  components=(webserver scheduler triggerer)
fi

log() { echo "airflow.sh: $*" >&2; }
die() { log "$*"; exit 1; }

# PostgreSQL refuses to run as root.
as_postgres() {
  if [[ "$(id -u)" == 0 ]]; then
    (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@")
  else
    "$@"
  fi
}

# Airflow's own tables and users, empty: made at the first start of a version, copied at each.
new_database() {
  if [[ -d "$template" ]]; then cp -a "$template" "$pgdata"; else create_database; fi
}

create_database() {
  local bin
  bin="$(postgres_bin)" || die "no postgres found: run install.sh"
  mkdir -p "$pgdata"
  echo airflow >"$state/pg-password"
  if [[ "$(id -u)" == 0 ]]; then chown postgres: "$pgdata" "$state/pg-password"; fi
  as_postgres "$bin/initdb" -D "$pgdata" -U airflow --auth=scram-sha-256 --pwfile="$state/pg-password" \
    --encoding=UTF8 --locale=C --no-sync >"$state/logs/initdb.log"
  start_postgres
  PGPASSWORD=airflow "$bin/createdb" -h 127.0.0.1 -p "$ORC_AIRFLOW_PG_PORT" -U airflow airflow
  migrate_database
  if $is_airflow_2; then create_users; fi
  stop_postgres
  keep_as_template
}

# Two at once make the same, and one of them stays.
keep_as_template() {
  local made
  made="$(mktemp -d "$template.XXXXXX")"
  cp -a "$pgdata" "$made/data"
  mv -T "$made/data" "$template" 2>/dev/null || true
  rm -rf "$made"
}

migrate_database() {
  airflow db migrate >"$state/logs/migrate.log" 2>&1 || die "db migrate failed: $(tail -n 15 "$state/logs/migrate.log")"
}

start_postgres() {
  local bin
  bin="$(postgres_bin)" || die "no postgres found: run install.sh"
  # The data is thrown away at the next start, so durability would only cost time.
  cat >"$pgdata/postgresql.auto.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $ORC_AIRFLOW_PG_PORT
unix_socket_directories = ''
fsync = off
synchronous_commit = off
full_page_writes = off
timezone = 'UTC'
CONF
  as_postgres "$bin/pg_ctl" -D "$pgdata" -l "$pgdata/server.log" -w -t 60 start >/dev/null \
    || die "PostgreSQL did not start: $(tail -n 5 "$pgdata/server.log" 2>/dev/null)"
}

stop_postgres() {
  local bin
  [[ -f "$pgdata/postmaster.pid" ]] || return 0
  bin="$(postgres_bin)"
  as_postgres "$bin/pg_ctl" -D "$pgdata" -m fast -w -t 60 stop >/dev/null 2>&1 \
    || as_postgres "$bin/pg_ctl" -D "$pgdata" -m immediate -w -t 20 stop >/dev/null 2>&1 \
    || log "PostgreSQL was not running"
}

# A value that the caller already exported wins.
setting() { if [[ -z "${!1+set}" ]]; then export "$1=$2"; fi; }

export_settings() {
  export AIRFLOW_HOME="$home" PATH="$ORC_AIRFLOW_VENV/bin:$PATH" NO_PROXY="127.0.0.1,localhost" PYTHONUNBUFFERED=1
  setting AIRFLOW__CORE__DAGS_FOLDER "$dags"
  setting AIRFLOW__CORE__LOAD_EXAMPLES False
  setting AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION False
  setting AIRFLOW__CORE__EXECUTOR LocalExecutor
  setting AIRFLOW__CORE__PARALLELISM "$parallelism"
  setting AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG 16
  setting AIRFLOW__DATABASE__SQL_ALCHEMY_CONN \
    "postgresql+psycopg2://airflow:airflow@127.0.0.1:$ORC_AIRFLOW_PG_PORT/airflow"
  setting AIRFLOW__METRICS__STATSD_ON True
  setting AIRFLOW__METRICS__STATSD_HOST 127.0.0.1
  setting AIRFLOW__METRICS__STATSD_PORT "$ORC_AIRFLOW_STATSD_PORT"
  setting AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED True
  setting AIRFLOW__SCHEDULER__TI_METRICS_INTERVAL 5
  setting AIRFLOW__LOGGING__LOGGING_LEVEL WARNING
  setting AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT "$((ORC_AIRFLOW_PORT + 1))"
  setting AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT "$((ORC_AIRFLOW_PORT + 2))"
  # The DAG pack counts virtual time from here (datasets/dag-pack/README.md).
  setting ORC_PACK_EPOCH "$(date -u -d '+45 seconds' +%Y-%m-%dT%H:%M:%SZ)"
  setting ORC_PACK_FACTOR 720
  if $is_airflow_2; then export_settings_2; else export_settings_3; fi
}

export_settings_2() {
  setting AIRFLOW__WEBSERVER__WEB_SERVER_HOST 127.0.0.1
  setting AIRFLOW__WEBSERVER__WEB_SERVER_PORT "$ORC_AIRFLOW_PORT"
  setting AIRFLOW__WEBSERVER__BASE_URL "$url"
  setting AIRFLOW__WEBSERVER__WORKERS 1
  setting AIRFLOW__WEBSERVER__SECRET_KEY orc-stack-secret-key
  setting AIRFLOW__API__AUTH_BACKENDS airflow.api.auth.backend.basic_auth
  setting AIRFLOW__METRICS__TIMER_UNIT_CONSISTENCY True
  setting AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL 10
  setting AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL 20
}

export_settings_3() {
  setting AIRFLOW__CORE__EXECUTION_API_SERVER_URL "$url/execution/"
  setting AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS admin:admin,viewer:viewer
  setting AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE "$home/passwords.json"
  setting AIRFLOW__API__HOST 127.0.0.1
  setting AIRFLOW__API__PORT "$ORC_AIRFLOW_PORT"
  setting AIRFLOW__API__BASE_URL "$url"
  setting AIRFLOW__API__WORKERS 1
  # Fixed secrets, so that tokens survive a restart of one process; the server listens on loopback only.
  setting AIRFLOW__API__SECRET_KEY orc-stack-secret-key
  setting AIRFLOW__API_AUTH__JWT_SECRET orc-stack-jwt-secret-orc-stack-jwt-secret-orc-stack-jwt-secret-0
  setting AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL 10
  setting AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL 20
}

# Without the dead that nobody has waited for: in a container, process 1 may never do so.
session_pids() { ps -o stat=,pid= -s "$1" 2>/dev/null | awk '$1 !~ /^Z/ { print $2 }'; }
session_alive() { [[ -n "$1" && -n "$(session_pids "$1")" ]]; }

# Each component leads a session of its own: stopping the session stops its workers and task processes too.
start_component() {
  local name="$1" tries
  nice -n "$niceness" setsid "$ORC_AIRFLOW_VENV/bin/airflow" "$name" \
    >"$state/logs/$name.log" 2>&1 </dev/null &
  echo "$!" >"$state/pids/$name"
  disown
  # The session exists only once setsid has run.
  for ((tries = 0; tries < 100; tries++)); do
    if session_alive "$!"; then break; fi
    sleep 0.1
  done
}

# The session of a component, or nothing when its number now belongs to somebody else: ours log into the state folder.
session_of() {
  local session pid
  [[ -f "$state/pids/$1" ]] || return 0
  session="$(cat "$state/pids/$1")"
  for pid in $(session_pids "$session"); do
    if [[ "$(readlink "/proc/$pid/fd/1")" == "$state"/* ]]; then
      echo "$session"
      return
    fi
  done
}

# All of them at once.
stop_components() {
  local name session tries sessions=()
  for name in "$@"; do
    session="$(session_of "$name")"
    rm -f "$state/pids/$name"
    if session_alive "$session"; then sessions+=("$session"); fi
  done
  # The leaders first, alone, so that they can end their children in order; then whoever is left.
  kill -TERM "${sessions[@]}" 2>/dev/null || true
  for ((tries = 0; tries < 30; tries++)); do
    any_alive "${sessions[@]}" || return 0
    if ((tries == 6)); then signal_all TERM "${sessions[@]}"; fi
    sleep 0.5
  done
  signal_all KILL "${sessions[@]}"
}

any_alive() {
  local session
  for session in "$@"; do if session_alive "$session"; then return 0; fi; done
  return 1
}

signal_all() {
  local session signal="$1"
  for session in "${@:2}"; do session_pids "$session" | xargs -r kill "-$signal" 2>/dev/null || true; done
}

# The header that lets the administrator in.
api_login() {
  if $is_airflow_2; then echo "Authorization: Basic $(printf admin:admin | base64)"; return; fi
  local token
  token="$(api_token)"
  if [[ -n "$token" ]]; then echo "Authorization: Bearer $token"; fi
}

api_token() {
  curl -sf -m 10 -X POST "$url/auth/token" -H 'Content-Type: application/json' \
    -d '{"username":"admin","password":"admin"}' | sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p'
}

healthy() {
  local health
  # metadatabase, scheduler, triggerer and (Airflow 3) dag_processor.
  local path=/api/v2/monitor/health parts=4
  if $is_airflow_2; then path=/api/v1/health parts=3; fi
  health="$(curl -sf -m 10 "$url$path")" || return 1
  [[ "$(grep -o '"healthy"' <<<"$health" | wc -l)" -ge "$parts" ]]
}

# On a busy machine a scheduler that competes with dozens of tasks as an equal schedules nothing, and all runs queue up.
prefer_scheduler() {
  local scheduler
  scheduler="$(session_of scheduler)"
  session_pids "$scheduler" | grep -vw "$scheduler" \
    | xargs -r renice -n "$((niceness + 10 > 19 ? 19 : niceness + 10))" -p >/dev/null 2>&1 || true
}

# One DAG per file is the rule of the pack: waits until as many DAGs as files are known.
parsed_dags() {
  local api=v2
  if $is_airflow_2; then api=v1; fi
  curl -sf -m 10 -H "$1" "$url/api/$api/dags?limit=1" \
    | sed -n 's/.*"total_entries" *: *\([0-9]*\).*/\1/p'
}

wait_until_ready() {
  local deadline=$((SECONDS + wait_seconds)) name login="" known=0
  local wanted="${ORC_AIRFLOW_MIN_DAGS:-$(find "$dags" -maxdepth 1 -name '*.py' ! -name '_*' | wc -l)}"
  while ((SECONDS < deadline)); do
    for name in "${components[@]}"; do
      session_alive "$(session_of "$name")" || die "$name ended: $(tail -n 15 "$state/logs/$name.log")"
    done
    if healthy && login="${login:-$(api_login)}" && [[ -n "$login" ]]; then
      known="$(parsed_dags "$login" || echo 0)"
      if ((${known:-0} >= wanted)); then
        log "ready at $url with $known DAGs"
        return
      fi
    fi
    sleep 1
  done
  die "not ready after $wait_seconds s ($known of $wanted DAGs parsed); logs are in $state/logs"
}

# Environment that reproduces this Airflow's settings in another shell: eval "$(airflow.sh env)".
print_env() {
  export_settings
  env | grep -E '^(AIRFLOW_|ORC_PACK_)' | sort | sed -E "s/'/'\\\\''/g; s/^([^=]+)=(.*)$/export \1='\2'/"
}

# The simple auth manager of Airflow 3 makes its users by itself.
create_users() {
  local pair
  airflow sync-perm >"$state/logs/users.log" 2>&1 || die "sync-perm failed: $(tail -n 15 "$state/logs/users.log")"
  for pair in admin:Admin viewer:Viewer; do
    airflow users create --username "${pair%:*}" --password "${pair%:*}" --role "${pair#*:}" \
      --firstname orc --lastname stack --email "${pair%:*}@example.com" >>"$state/logs/users.log" 2>&1 \
      || die "users create failed: $(tail -n 15 "$state/logs/users.log")"
  done
}

start() {
  [[ -x "$ORC_AIRFLOW_VENV/bin/airflow" ]] || die "no Airflow in $ORC_AIRFLOW_VENV: run install.sh"
  [[ -d "$dags" ]] || die "no DAG folder $dags (ORC_AIRFLOW_DAGS)"
  stop quiet
  rm -rf "$state"
  mkdir -p "$state/logs" "$state/pids" "$home"
  # Whatever goes wrong below must not leave processes behind.
  trap 'stop quiet' ERR EXIT
  echo '{"admin": "admin", "viewer": "viewer"}' >"$home/passwords.json"
  if ! $is_airflow_2; then cp -r "$here/config" "$home/config"; fi
  export_settings
  print_env >"$state/env"
  new_database
  start_postgres
  # Writes the configuration, which the components would all write at once.
  airflow version >/dev/null
  local name pools
  pools="$(dirname "$dags")/pools.json"
  if [[ -f "$pools" ]]; then airflow pools import "$pools" >"$state/logs/pools.log" 2>&1; fi
  for name in "${components[@]}"; do start_component "$name"; done
  wait_until_ready
  prefer_scheduler
  trap - ERR EXIT
}

# Puts this version in the place of the one that runs, as a person would: everything stops, the database is migrated, and starts again.
upgrade() {
  local name
  # The scheduler first: the tasks that it ends still report to the API server.
  for name in scheduler dag-processor triggerer api-server webserver; do stop_components "$name"; done
  trap 'stop quiet' ERR EXIT
  if ! $is_airflow_2; then cp -r "$here/config" "$home/config"; fi
  echo '{"admin": "admin", "viewer": "viewer"}' >"$home/passwords.json"
  rm -f "$home/airflow.cfg"
  export_settings
  print_env >"$state/env"
  migrate_database
  for name in "${components[@]}"; do start_component "$name"; done
  wait_until_ready
  prefer_scheduler
  trap - ERR EXIT
}

stop() {
  # In no order: the next start throws away what they leave.
  stop_components scheduler dag-processor triggerer api-server webserver
  stop_postgres
  [[ "${1:-}" == quiet ]] || log "stopped"
}

status() {
  local name failed=0
  for name in "${components[@]}"; do
    if session_alive "$(session_of "$name")"; then
      echo "$name running"
    else
      echo "$name stopped"
      failed=1
    fi
  done
  if healthy; then echo "healthy $url"; else echo "not healthy $url"; failed=1; fi
  return "$failed"
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  upgrade) upgrade ;;
  status) status ;;
  env) if [[ -f "$state/env" ]]; then cat "$state/env"; else print_env; fi ;;
  *) log "usage: airflow.sh start|upgrade|stop|status|env"; exit 2 ;;
esac
