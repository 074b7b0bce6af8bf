#!/usr/bin/env bash
# The collector's tests on every Airflow that it is made for: row for row, each version. Usage: matrix.sh [VERSION...]
set -uo pipefail
cd "$(dirname "$0")/../.."

versions=("$@")
[[ ${#versions[@]} -gt 0 ]] || versions=(3.3.2 3.2.1 3.1.8 3.0.6 2.11.0 2.10.5 2.9.3)
failed=()
export ORC_STACK_MATRIX=1
for version in "${versions[@]}"; do
  echo "=== Airflow $version"
  if [[ "$version" == 2.* ]]; then
    ORC_AIRFLOW_2_VERSION="$version" npx vitest run --config vitest.stack.config.ts test/stack/airflow2.stack.test.ts
  else
    ORC_AIRFLOW_VERSION="$version" npx vitest run --config vitest.stack.config.ts test/stack/collector.stack.test.ts
  fi || failed+=("$version")
done
echo "${#versions[@]} versions, ${#failed[@]} failed${failed[*]:+: ${failed[*]}}"
[[ ${#failed[@]} -eq 0 ]]
