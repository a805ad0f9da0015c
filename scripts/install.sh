# shellcheck shell=sh
# Installing what ./run and ./test need. Sourced by both, in the project's folder.
#
# .boot holds pip and uv, .venv everything else. A stamp in .venv, the digest of what was
# installed, lets the next start skip all of it.

# Without its bytecode, which some machines do not write, a start takes three times as long.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$0: $*"
    exit 1
}

is_root() { [ "$(id -u)" = 0 ]; }

can_write_home() { [ -w "${HOME:-/nonexistent}" ]; }

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Prints the first Python that the project supports.
find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null 2>&1 &&
            "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))'; then
            command -v "$python"
            return
        fi
    done
    return 1
}

# Debian's python3 without python3-venv makes an environment without pip and says so with an error.
make_boot() {
    rm -rf .boot
    if ! "$1" -m venv .boot >/dev/null 2>&1; then
        rm -rf .boot
        if is_root && command -v apt-get >/dev/null 2>&1; then
            say "Installing python3-venv ..."
            apt_install python3-venv || fail "could not install python3-venv."
            "$1" -m venv .boot >&2 || fail "$1 -m venv does not work."
        else
            fail "Python's venv module is incomplete; install it with: apt-get install python3-venv"
        fi
    fi
    say "Installing uv ..."
    .boot/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r requirements-boot.txt >&2 || fail "could not install uv."
    stamp boot >.boot/stamp
}

# What an installed set depends on: its requirements and our own metadata (commands, version).
stamp() { sha256sum "requirements-$1.txt" pyproject.toml; }

is_installed() { [ -x .venv/bin/python ] && [ "$(cat ".venv/stamp-$1" 2>/dev/null)" = "$(stamp "$1")" ]; }

prepare_uv() {
    # pip follows the system's certificates and its own index setting; uv shall do the same.
    if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
        export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
    fi
    if [ -n "${PIP_INDEX_URL:-}" ]; then
        export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"
    fi
    can_write_home || export UV_CACHE_DIR="${UV_CACHE_DIR:-$PWD/.cache/uv}"
    export UV_PYTHON_DOWNLOADS=never
}

install_set() {
    python=$(find_python) || fail "needs Python 3.11 to 3.14; install it with: apt-get install python3 python3-venv"
    if [ ! -x .boot/bin/uv ] || [ "$(cat .boot/stamp 2>/dev/null)" != "$(stamp boot)" ]; then
        make_boot "$python"
    fi
    prepare_uv
    if ! .venv/bin/python -c '' 2>/dev/null; then
        rm -rf .venv
        .boot/bin/uv venv --quiet --python "$python" .venv >&2 || fail "could not make .venv."
    fi
    say "Installing the locked packages ($1) ..."
    rm -f .venv/stamp-*
    .boot/bin/uv pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes "requirements-$1.txt" >&2 ||
        fail "could not install requirements-$1.txt."
    .boot/bin/uv pip install --quiet --python .venv/bin/python --offline --no-deps \
        --no-build-isolation --editable . >&2 || fail "could not install the project itself."
    stamp "$1" >".venv/stamp-$1"
}

# install all|dev: `all` is what ./run needs; `dev` holds all of it, so it is never taken away.
install() {
    is_installed "$1" && return
    mkdir -p .cache
    exec 9>.cache/install.lock
    flock 9
    if [ "$1" = all ] && [ -e .venv/stamp-dev ]; then
        is_installed dev || install_set dev
    else
        is_installed "$1" || install_set "$1"
    fi
    exec 9>&-
}
