# Settings shared by install.sh and airflow.sh; sourced, not run. Each may be set in the environment.

ORC_AIRFLOW_VERSION="${ORC_AIRFLOW_VERSION:-3.3.2}"
# Packages newer than this day are left out, so that the open dependency ranges resolve as they did at the release.
case "$ORC_AIRFLOW_VERSION" in
  2.9.*) resolve_date=2024-09-30 ;;
  2.10.*) resolve_date=2025-02-10 ;;
  2.11.*) resolve_date=2025-05-24 ;;
  3.0.*) resolve_date=2025-09-05 ;;
  3.1.*) resolve_date=2026-03-20 ;;
  3.2.*) resolve_date=2026-04-25 ;;
  *) resolve_date=2026-11-20 ;;
esac
ORC_AIRFLOW_RESOLVE_DATE="${ORC_AIRFLOW_RESOLVE_DATE:-$resolve_date}"
ORC_AIRFLOW_VENV="${ORC_AIRFLOW_VENV:-/var/cache/orc-stack/airflow-$ORC_AIRFLOW_VERSION}"

ORC_AIRFLOW_PORT="${ORC_AIRFLOW_PORT:-18080}"
ORC_AIRFLOW_PG_PORT="${ORC_AIRFLOW_PG_PORT:-15439}"
ORC_AIRFLOW_STATSD_PORT="${ORC_AIRFLOW_STATSD_PORT:-18125}"
# Everything of one running Airflow (AIRFLOW_HOME, database, logs, process ids); deleted by the next start.
ORC_AIRFLOW_STATE="${ORC_AIRFLOW_STATE:-/var/tmp/orc-airflow-$ORC_AIRFLOW_PORT}"

# Where PostgreSQL's server programs are; Debian keeps them out of PATH.
postgres_bin() {
  local found
  if found="$(command -v postgres)"; then
    dirname "$(readlink -f "$found")"
    return
  fi
  found="$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)"
  [[ -n "$found" ]] && dirname "$found"
}
