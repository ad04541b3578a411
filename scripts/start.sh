#!/usr/bin/env bash
# npm start: installs what is missing, builds what has changed, then becomes the supervisor.
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/packages.sh"
bash "$here/install-asterisk.sh"
bash "$here/build-web.sh"

# npm passes SIGTERM on to us, but not that it was killed itself.
with_npm=()
[ "${npm_lifecycle_event:-}" = start ] && with_npm=(setpriv --pdeathsig TERM --)
exec "${with_npm[@]}" node "$checkout/supervisor/main.ts"
