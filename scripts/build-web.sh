#!/usr/bin/env bash
# Builds web/dist when what it is made of has changed.
. "$(dirname "${BASH_SOURCE[0]}")/packages.sh"

web_stamp="$checkout/web/dist/.tandem-built-from"
web_sources=$(cd "$checkout" && find web contract package-lock.json -path web/dist -prune -o -name node_modules -prune -o -type f ! -name '*.test.*' -print0 |
  sort -z | xargs -0 sha256sum | sha256sum)

is_built() { [ "$(cat "$web_stamp" 2>/dev/null)" = "$web_sources" ]; }

build_web() {
  is_built && return
  step "Building the web pages" "Look at the first error above; npm run check says more." vite build "$checkout/web"
  printf '%s\n' "$web_sources" >"$web_stamp"
}

is_built || alone build_web
