#!/bin/sh
# debian.sh PACKAGE…: install Debian packages, as root, without starting a service.
set -eu
cd "$(dirname "$0")/.."
. .ci/say.sh

export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
# Debian starts a service as soon as its package is there, unless this file forbids it.
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
log=$(mktemp)
{ apt-get update && apt-get install --yes --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null ||
    { tail -n 15 "$log" >&2; give_up "apt-get could not install them (its reason is above). Is this machine online?"; }
rm -f "$log"
