#!/usr/bin/env bash
# Installs Chromium from Debian's packages where no browser is found; without one, the tests of pages in a browser are left out.
set -euo pipefail
for browser in chromium chromium-browser google-chrome; do
  command -v "$browser" >/dev/null && exit 0
done
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium >/dev/null
