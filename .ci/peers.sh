#!/bin/sh
# Make .venv-peers, what Belfry is measured beside: Celery and its kind, pinned by hash in bench/peers.lock; and Redis.
set -eu
cd "$(dirname "$0")/.."
. .ci/say.sh

if ! command -v redis-server >/dev/null 2>&1; then
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1 ||
        give_up "make bench-peers needs redis-server: sudo apt-get install --no-install-recommends redis-server"
    .ci/debian.sh redis-server
fi

one_at_a_time
[ .venv-peers/.made -nt bench/peers.lock ] && exit 0
say "Installing what bench/peers.lock pins (once; it is kept in .venv-peers)"
rm -rf .venv-peers
"${PYTHON:-.venv/bin/python}" -m venv .venv-peers
.venv-peers/bin/python -m pip install -qq --disable-pip-version-check --no-input \
    --require-hashes --only-binary :all: --requirement bench/peers.lock ||
    give_up "What make bench-peers needs could not be installed (pip's reason is above)."
touch .venv-peers/.made
