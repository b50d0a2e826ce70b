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
    --require-hashes --only-binary :all: --requirement "$lock" 2>.venv/pip.log || {
    grep '^ERROR' .venv/pip.log >&2 || cat .venv/pip.log >&2
    give_up "Belfry could not install its packages (pip's reason is above). Is this machine online? Run the same make again once it is."
}
# Compiled here, by every processor: pip uses one, and where Python may not write its caches every start would be slow.
# Some packages carry examples that do not compile; that is theirs.
.venv/bin/python -m compileall -qq -j 0 .venv/lib || true
touch "$stamp"
