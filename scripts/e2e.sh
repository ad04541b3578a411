#!/usr/bin/env bash
# e2e.sh [STORY…]: the stories end to end, all or those whose file names contain STORY.
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/packages.sh"
bash "$here/install-asterisk.sh"
bash "$here/install-test-tools.sh"
bash "$here/build-web.sh"
cd "$checkout"
exec vitest run --config e2e/vitest.config.ts "$@"
