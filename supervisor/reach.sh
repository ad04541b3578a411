#!/usr/bin/env bash
# reach.sh [cover FOLDER | show PATH]… -- COMMAND…
# In a mount namespace of its own: each covered folder, which COMMAND's user may not enter, becomes an empty one that he
# may, and in it are only the paths to be shown, under the names that they have outside. Nobody else sees any of it.
set -euo pipefail
covers=()
shows=()
handles=()
while [ "$1" != -- ]; do
  case "$1" in
    cover) covers+=("$2") ;;
    show)
      exec {handle}<"$2" # Open, it is found again below what covers it.
      shows+=("$2")
      handles+=("$handle")
      ;;
  esac
  shift 2
done
shift
cd /
for folder in "${covers[@]}"; do
  mount -t tmpfs -o mode=755,size=1m,nosuid,nodev tandem "$folder"
done
umask 022
for at in "${!shows[@]}"; do
  path=${shows[$at]}
  mkdir -p "$(dirname "$path")"
  if [ -d "/proc/$$/fd/${handles[$at]}" ]; then mkdir -p "$path"; else : >"$path"; fi
  mount --no-canonicalize --rbind "/proc/$$/fd/${handles[$at]}" "$path"
  handle=${handles[$at]}
  exec {handle}<&-
done
exec "$@"
