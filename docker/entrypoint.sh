#!/bin/sh
# Starts the server, or runs another command of `authwell`: docker run IMAGE keys list
#
# The tables are brought up to date first. `authwell db upgrade` takes an advisory lock of the
# database, so that of several instances that start at once one migrates and the others wait.
set -eu

upgrade() {
    [ "${MIGRATE_ON_START:-true}" != true ] || authwell db upgrade
}

develop() {
    export HOST=127.0.0.1
    if [ -z "${SECRET_KEY:-}${SECRET_KEY_FILE:-}" ]; then
        export SECRET_KEY_FILE=/app/instance/secret_key
        [ -s "$SECRET_KEY_FILE" ] ||
            (umask 077 && od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' >"$SECRET_KEY_FILE")
    fi
    upgrade
    exec gunicorn --reload --no-control-socket --worker-class=gthread --threads=4 \
        --bind="127.0.0.1:${PORT:-5000}" wsgi:app
}

case "${1:-serve}" in
serve)
    upgrade
    exec authwell serve
    ;;
develop)
    develop
    ;;
authwell | python | sh)
    exec "$@"
    ;;
*)
    exec authwell "$@"
    ;;
esac
