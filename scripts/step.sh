# What every script shares: where the checkout is, and how a long step shows itself. To be sourced.
set -euo pipefail
umask 022 # What is installed can be read by the plain user as whom Tandem works.
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools="$checkout/.tools"
mkdir -p "$tools"

# step WHAT HINT COMMAND…: says what is done and how long it took; if it fails, the end of its log and what to do.
step() {
  local what=$1 hint=$2 log started
  shift 2
  log=$(mktemp "$tools/step-XXXXXX.log")
  started=$SECONDS
  printf '%s …\n' "$what" >&2
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%s: done in %d s\n' "$what" $((SECONDS - started)) >&2
    rm -f "$log"
    return 0
  fi
  printf '\n%s: FAILED after %d s. The last lines of %s:\n\n' "$what" $((SECONDS - started)) "$log" >&2
  tail -n 20 "$log" >&2
  printf '\nWhat to do: %s\n' "$hint" >&2
  return 1
}

# alone COMMAND…: one at a time in this checkout, so that two starts at once don't install into each other.
alone() {
  (
    flock 9
    "$@"
  ) 9>"$tools/install.lock"
}

# Installs Debian packages; the lists are fetched only when a package isn't known yet.
apt_install() {
  local apt=(apt-get -o DPkg::Lock::Timeout=300 -o APT::Get::Assume-Yes=true)
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "Installing $* needs root, once." >&2; return 1; }
    apt=(sudo -n "${apt[@]}")
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-cache show "$@" >/dev/null 2>&1 || "${apt[@]}" update
  "${apt[@]}" install --no-install-recommends "$@" || { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "$@"; }
}
