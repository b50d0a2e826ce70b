#!/bin/sh
# install.sh LOCK STAMP: install what LOCK pins, checked by hash, then touch STAMP.
set -eu
cd "$(dirname "$0")/.."
. .ci/say.sh
lock=$1
stamp=$2

one_at_a_time
[ "$stamp" -nt "$lock" ] && exit 0
say "Installing what $lock pins (once; it is kept in .venv)"
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-compile \
    --require-hashes --only-binary :all: --requirement "$lock" ||
    give_up "Belfry could not install its packages (pip's reason is above). Is this machine online? Run the same make again once it is."
touch "$stamp"
