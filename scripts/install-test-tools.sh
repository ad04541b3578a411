#!/usr/bin/env bash
# What the tests use beside what the product itself uses: a browser, SIP peers, sound, and networks of their own.
. "$(dirname "${BASH_SOURCE[0]}")/step.sh"

missing=()
for pair in chromium:chromium sipp:sip-tester baresip:baresip-core sox:sox ip:iproute2; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
# Pictures of the screens show Chinese, and are as wide as it is.
[ -e /usr/share/fonts/truetype/wqy/wqy-microhei.ttc ] || missing+=(fonts-wqy-microhei)
if [ ${#missing[@]} -gt 0 ]; then
  step "Installing ${missing[*]}" "Run this again as root, or install them by hand." apt_install "${missing[@]}"
fi
