#!/bin/sh
# Finds a Python that can run Gatehouse and hands over to `python -m local`. It runs where nothing is installed yet.
CDPATH= cd -- "$(dirname "$0")/.." || exit 1

fail() {
    printf 'Gatehouse cannot run: %s\n' "$1" >&2
    exit 1
}

system="$(uname -s) on $(uname -m)"
[ "$system" = "Linux on x86_64" ] || fail "This is $system; the embedded servers need Linux on x86_64."
command -v setpriv >/dev/null || fail "There is no setpriv: install the package util-linux."

problem=
try() {
    command -v "$1" >/dev/null || return 1
    answer=$("$1" -Es -m local.preflight 2>/dev/null)
    [ "$answer" = fits ] && return 0
    problem=${problem:-$answer}
    return 1
}

if [ -n "$PYTHON" ]; then
    set -- "$PYTHON" -- "$@"
else
    # First the one that the environments were made with: with another one they would be made again.
    set -- "$(readlink -f .venv/bin/python)" python3.11 python3.12 python3 -- "$@"
fi
python=
while [ "$1" != -- ]; do
    [ -z "$python" ] && [ -n "$1" ] && try "$1" && python=$1
    shift
done
shift
if [ -z "$python" ]; then
    missing="There is no working Python"
    [ -n "$PYTHON" ] && missing="PYTHON=$PYTHON does not run"
    fail "${problem:-$missing: install Python 3.11 or 3.12 with venv and libpython.}"
fi

# A make that is killed takes the launcher along.
if [ -n "$MAKELEVEL" ]; then
    exec setpriv --pdeathsig TERM -- "$python" -Es -m local "$@"
fi
exec "$python" -Es -m local "$@"
