#!/bin/sh
# Make the virtual environment .venv, or say in one line why it cannot be made.
set -eu
cd "$(dirname "$0")/.."
. .ci/say.sh

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$name" && return
    done
    give_up "Belfry needs Python 3.11 or newer, and there is none on the PATH. Install one, or name it: make PYTHON=/path/to/python3"
}

one_at_a_time
[ -e .venv/.made ] && exit 0
python=$(find_python)
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    give_up "$python has no venv module. On Debian or Ubuntu: apt-get install python3-venv, then the same make again."
# Whatever an interrupted make left is thrown away; the stamp says that this one is whole.
rm -rf .venv
"$python" -m venv .venv || give_up "$python could not make a virtual environment in .venv (its reason is above)."
touch .venv/.made
