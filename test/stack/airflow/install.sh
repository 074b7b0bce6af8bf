#!/usr/bin/env bash
# Installs a real Airflow from PyPI into a virtual environment, and PostgreSQL from Debian when no server is present.
# Usage: install.sh        (settings: see settings.sh and README.md; a second run does nothing)
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=settings.sh
source "$here/settings.sh"

log() { echo "install.sh: $*" >&2; }
die() { log "$*"; exit 1; }

apt_install() {
  command -v apt-get >/dev/null || die "$* missing and there is no apt-get: install by hand"
  local sudo=()
  [[ "$(id -u)" == 0 ]] || sudo=(sudo)
  log "installing $* from Debian"
  "${sudo[@]}" apt-get update -qq
  # A cluster made at installation would take port 5432; this stack starts its own server.
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

install_system_packages() {
  local packages=()
  command -v curl >/dev/null || packages+=(curl)
  command -v ps >/dev/null || packages+=(procps)
  if [[ -z "$(postgres_bin || true)" ]]; then
    packages+=(postgresql)
    if [[ -d /etc && "$(id -u)" == 0 && ! -e /etc/postgresql-common/createcluster.conf ]]; then
      mkdir -p /etc/postgresql-common
      echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    fi
  fi
  if [[ ${#packages[@]} -gt 0 ]]; then apt_install "${packages[@]}"; fi
  [[ -n "$(postgres_bin || true)" ]] || die "no postgres program found after installation"
}

# Airflow 3.2 needs Python 3.10 to 3.14, Airflow 2 at most 3.12.
newest_python=14
[[ "$ORC_AIRFLOW_VERSION" == 2.* ]] && newest_python=12

find_python() {
  local candidate
  for candidate in "${ORC_AIRFLOW_PYTHON:-}" python3 python3.12 python3.11 python3.13 python3.10; do
    [[ -n "$candidate" ]] || continue
    if "$candidate" -c "import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info < (3, $((newest_python + 1))))" 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

install_airflow() {
  local venv="$ORC_AIRFLOW_VENV" python
  local stamp="$venv/.orc-complete"
  local wanted="$ORC_AIRFLOW_VERSION"
  if [[ -f "$stamp" && "$(cat "$stamp")" == "$wanted" ]]; then
    log "Airflow $wanted is already in $venv"
    return
  fi
  if ! python="$(find_python)"; then
    apt_install python3 python3-venv
    python="$(find_python)" || die "no Python 3.10 to 3.$newest_python with venv found; set ORC_AIRFLOW_PYTHON"
  fi
  log "installing Airflow $wanted into $venv"
  mkdir -p "$(dirname "$venv")"
  "$python" -m venv --clear "$venv"
  local packages=("apache-airflow-core[statsd]==$wanted" apache-airflow-providers-standard psycopg2-binary asyncpg)
  if [[ "$wanted" == 2.* ]]; then packages=("apache-airflow[statsd]==$wanted" psycopg2-binary); fi
  # Prefer uv: it can resolve as of a date. Without it (or when that resolution fails), plain pip takes the newest.
  if ! { "$venv/bin/pip" install -q --disable-pip-version-check uv \
    && UV_LINK_MODE=copy "$venv/bin/uv" pip install -q --python "$venv/bin/python" \
      --exclude-newer "$ORC_AIRFLOW_RESOLVE_DATE" "${packages[@]}"; }; then
    log "resolving as of $ORC_AIRFLOW_RESOLVE_DATE failed; trying without a date"
    "$venv/bin/pip" install -q --disable-pip-version-check "${packages[@]}"
  fi
  # uv leaves byte code out; every process would compile Airflow again where the environment forbids writing it.
  "$venv/bin/python" -m compileall -q -j 0 "$venv/lib" >/dev/null 2>&1 || true
  AIRFLOW_HOME="$(mktemp -d)" "$venv/bin/airflow" version >&2
  echo "$wanted" >"$stamp"
}

install_system_packages
install_airflow
