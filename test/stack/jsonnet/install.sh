#!/usr/bin/env bash
# Installs jsonnet from Debian's packages where it is missing.
set -euo pipefail
command -v jsonnet >/dev/null && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends jsonnet >/dev/null
