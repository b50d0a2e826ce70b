#!/bin/sh
# The Debian packages that make test needs beside Python. Says what it will install before it does.
set -eu
cd "$(dirname "$0")/.."
. .ci/say.sh

has() { command -v "$1" >/dev/null 2>&1; }
has_initdb() { has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }

missing=
has chromium || missing="$missing chromium fonts-liberation fonts-noto-color-emoji"
has_initdb || missing="$missing postgresql"
has pgbouncer || [ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
has ip || missing="$missing iproute2"
has smtp-sink || [ -x /usr/sbin/smtp-sink ] || missing="$missing postfix"
ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing="$missing libfaketime"
missing=${missing# }
[ -z "$missing" ] && exit 0

if ! has apt-get; then
    say "Not here: $missing. Tests that need them will be skipped, and named at the end. Install them to run those too."
elif [ "$(id -u)" -ne 0 ]; then
    say "Not here: $missing. Tests that need them will be skipped, and named at the end. To run those too:"
    say "    sudo apt-get install --no-install-recommends $missing"
else
    say "make test will now install these Debian packages: $missing"
    say "(chromium drives the pages, postgresql is the second database, pgbouncer stands before it, postfix brings smtp-sink, libfaketime sets a clock, iproute2 makes hosts. No service is started.)"
    .ci/debian.sh $missing
fi
