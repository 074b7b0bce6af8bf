#!/usr/bin/env bash
# Installs Alertmanager and amtool from Debian's packages where they are missing.
set -euo pipefail
command -v amtool >/dev/null && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# The package would start a service; only the programs are wanted here.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
trap 'rm -f /usr/sbin/policy-rc.d' EXIT
apt-get install -y -qq --no-install-recommends prometheus-alertmanager
