#!/usr/bin/env bash
# run.sh COMMAND…: with the pinned Node and the packages' programs, in the checkout.
. "$(dirname "${BASH_SOURCE[0]}")/packages.sh"
cd "$checkout"
exec "$@"
