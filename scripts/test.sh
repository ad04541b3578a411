#!/usr/bin/env bash
# npm test: everything. The last line is the sum, `N passed, N failed`; a part that did not run counts as failed.
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/packages.sh"
bash "$here/install-asterisk.sh"
bash "$here/install-test-tools.sh"
bash "$here/build-web.sh"
cd "$checkout"

results=$(mktemp -d "$tools/results-XXXXXX")
trap 'rm -rf "$results"' EXIT
reporters=(--reporter=default --reporter=json)

# Each part runs, whatever became of the one before: one run shows all that is broken.
node checks/main.ts 2>&1 | tee "$results/checks.log" || true
vitest run "${reporters[@]}" --outputFile.json="$results/suites.json" || true
vitest run --config e2e/vitest.config.ts "${reporters[@]}" --outputFile.json="$results/e2e.json" || true

node scripts/tally.ts "$results/checks.log" "$results/suites.json" "$results/e2e.json"
