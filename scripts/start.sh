#!/usr/bin/env bash
# npm start: installs what is missing, builds what has changed, then becomes the supervisor.
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/packages.sh"
bash "$here/install-asterisk.sh"
bash "$here/build-web.sh"

# npm passes SIGTERM on to us, but not that it was killed itself.
with_npm=()
if [ "${npm_lifecycle_event:-}" = start ]; then
  with_npm=(setpriv --pdeathsig TERM --)
  export TANDEM_PARENT_DEATH_SIGNAL=TERM # Asked for again where root becomes a plain user, which cancels it.
fi
exec "${with_npm[@]}" node "$checkout/supervisor/main.ts"
