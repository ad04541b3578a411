#!/usr/bin/env bash
# Asterisk 22: the system's if it is new enough and has our modules, else a private root in .tools/asterisk from the
# next Debian release, which no other program sees. Needs root once, for mmdebstrap; running it does not.
. "$(dirname "${BASH_SOURCE[0]}")/packages.sh"

suite=forky
root="$tools/asterisk"
by_hand="Install Asterisk 22 or newer so that 'asterisk' is on the PATH, then run this again."

has_asterisk() { node "$checkout/supervisor/asterisk-program.ts"; }

# The mirror that this machine's own apt uses, however its sources are written.
debian_mirror() {
  apt-get indextargets --format '$(RELEASE) $(SITE)' 2>/dev/null | grep -v -- -security | awk '{ print $2; exit }'
}

unpack() {
  rm -rf "$root.partial"
  # Root, and not apt's own user: the checkout may lie in a folder that only root can enter.
  mmdebstrap --variant=extract --include=asterisk --aptopt='APT::Install-Recommends "false"' \
    --aptopt='APT::Sandbox::User "root"' "$@" "$suite" "$root.partial" "$(debian_mirror)"
}

# A mirror that is a frozen copy has a Release file that is out of date. Its signature is checked all the same.
unpack_even_if_frozen() {
  local log
  log=$(mktemp "$tools/mmdebstrap-XXXXXX.log")
  if ! unpack 2>"$log"; then
    cat "$log" >&2
    grep -q 'is expired' "$log" || { rm -f "$log"; return 1; }
    # Step's own output goes into its log: this has to be seen.
    echo "The package mirror's list of $suite is out of date, as a frozen copy's is: its signature is checked, its date is not, so security updates may be missing." >&3
    unpack --aptopt='Acquire::Check-Valid-Until "false"'
  fi
  rm -f "$log"
}

install_asterisk() {
  has_asterisk && return
  . /etc/os-release
  if [ "${ID:-}" != debian ]; then
    echo "Asterisk is fetched on Debian only, and this is ${PRETTY_NAME:-another system}. $by_hand" >&2
    return 1
  fi
  command -v mmdebstrap >/dev/null || step "Installing mmdebstrap (unpacks Debian packages)" "Run this again as root. Or: $by_hand" apt_install mmdebstrap
  exec 3>&2
  step "Unpacking Asterisk into .tools/asterisk (270 MB)" "Run this again as root. Or: $by_hand" unpack_even_if_frozen
  rm -rf "$root"
  mv "$root.partial" "$root"
  has_asterisk || { echo "The Asterisk that was unpacked lacks a module that we need. $by_hand" >&2; return 1; }
}

has_asterisk || alone install_asterisk
