#!/bin/sh
# mutants.sh [NAME…]: run mutmut on all, or on the mutants that these patterns name, and list those that no test noticed.
# It has an environment of its own, .mutmut, which borrows what is in .venv: it is no part of what developing needs.
set -eu
cd "$(dirname "$0")/.."
. .ci/say.sh

[ -x .mutmut/bin/mutmut ] || {
    say "Installing mutmut (once; it is kept in .mutmut)"
    .venv/bin/python -m venv .mutmut
    .mutmut/bin/python -m pip install -qq --disable-pip-version-check --no-input mutmut==3.8.1
    borrowed=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$borrowed" >"$(.mutmut/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/belfry.pth"
}
rm -rf mutants
.mutmut/bin/mutmut run --max-children "${CHILDREN:-$(nproc)}" "$@"
.mutmut/bin/mutmut results
