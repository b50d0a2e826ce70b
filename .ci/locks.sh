#!/bin/sh
# Write the locks from pyproject.toml, for every platform, by uv in an environment of its own.
set -eu
cd "$(dirname "$0")/.."
. .ci/say.sh

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${PYTHON:-python3}" -m venv "$tools"
"$tools/bin/python" -m pip install -qq --disable-pip-version-check uv

# No configuration of this machine may show in a lock: neither its index nor a folder of wheels it keeps.
compile() {
    env -u PIP_FIND_LINKS -u UV_FIND_LINKS "$tools/bin/uv" pip compile --quiet --no-config --universal \
        --python-version 3.11 --generate-hashes --no-emit-index-url --no-header ${UPGRADE:+--upgrade} "$@"
}
compile pyproject.toml --output-file requirements.lock
compile pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
compile --group peers --output-file bench/peers.lock
