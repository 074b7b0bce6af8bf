#!/usr/bin/env bash
# Installs all that the tests against real servers need and install one by one when they begin; a second run does nothing.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
"$here/../e2e/install-chromium.sh"
for server in prometheus alertmanager jsonnet airflow; do "$here/$server/install.sh"; done
ORC_AIRFLOW_VERSION=2.11.0 "$here/airflow/install.sh"
