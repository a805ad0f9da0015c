#!/bin/sh
# Makes keys and secrets, and deploys with docker compose. ./deploy.sh help says how.
set -eu
cd -- "$(dirname -- "$0")"

ENVIRONMENT_NAME=${DEPLOYMENT_ENV:-}
TAG=${AUTHWELL_TAG:-latest}
DRY_RUN=false
COMMAND=

usage() {
    cat <<'TEXT'
./deploy.sh [OPTIONS] COMMAND

Commands
  generate-keys      make an RSA key for signing in keys/, readable by you only;
                     `authwell keys import keys/*.pem` takes it, and so does deploy
  generate-secrets   write SECRET_KEY, KEY_ENCRYPTION_KEY and the passwords of the database and
                     Redis into .env, made of .env.example; values that are there stay
  deploy             build the image, migrate the database, start the services, wait for /health
  help               this text

Options
  --env NAME   read .env.NAME if it exists, and docker-compose.NAME.yml as well (DEPLOYMENT_ENV)
  --tag TAG    the image's tag, such as v1.0.0 (AUTHWELL_TAG); latest if left out
  --dry-run    with deploy: print the steps and do nothing
TEXT
}

say() { printf '%s\n' "$*"; }

fail() {
    printf './deploy.sh: %s\n' "$*" >&2
    exit 1
}

# --- generate-keys --------------------------------------------------------------------------

rsa_key() {
    if command -v openssl >/dev/null 2>&1; then
        openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null ||
            openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null
        return
    fi
    for python in .venv/bin/python python3; do
        if "$python" -c 'import cryptography' >/dev/null 2>&1; then
            "$python" - <<'PYTHON'
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
pem = key.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)
print(pem.decode(), end="")
PYTHON
            return
        fi
    done
    return 1
}

generate_keys() {
    umask 077
    mkdir -p keys
    new=$(mktemp keys/.new.XXXXXX)
    if ! rsa_key >"$new" || ! grep -q 'BEGIN PRIVATE KEY' "$new"; then
        rm -f "$new"
        fail "needs openssl to make a key; install it with: apt-get install openssl"
    fi
    number=1
    while [ -e "keys/rs256-$(date -u +%Y%m%d)-$number.pem" ]; do number=$((number + 1)); done
    key=keys/rs256-$(date -u +%Y%m%d)-$number.pem
    chmod 0600 "$new"
    mv "$new" "$key"
    say "Made $key, an RSA key of 2048 bits."
    say "The server takes it with: authwell keys import $key"
    say "It is kept encrypted in the database from then on; store the file safely or delete it."
}

# --- generate-secrets -----------------------------------------------------------------------

random_hex() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

random_base64() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }

value_of() { sed -n "s/^$1=//p" "$2" | tail -n 1 | sed "s/^[\"']//; s/[\"']\$//; s/ *#.*//"; }

# What stands in a document is no secret: the server refuses it too.
is_real() {
    case $(printf '%s' "$1" | tr '[:upper:]' '[:lower:]') in
    '' | *your-* | *your_* | *change-me* | *changeme* | *change_me* | *example* | *placeholder*) return 1 ;;
    *super-secure* | *production-secret* | password | postgres | secret) return 1 ;;
    esac
}

# The value travels by the environment of awk, where no other user sees it.
set_value() {
    NAME=$1 VALUE=$2 awk '
        index($0, ENVIRON["NAME"] "=") == 1 || index($0, "# " ENVIRON["NAME"] "=") == 1 {
            if (!written) print ENVIRON["NAME"] "=" ENVIRON["VALUE"]
            written = 1
            next
        }
        { print }
        END { if (!written) print ENVIRON["NAME"] "=" ENVIRON["VALUE"] }
    ' "$3" >"$3.new"
    chmod 0600 "$3.new"
    mv "$3.new" "$3"
}

fill() {
    if is_real "$(value_of "$1" "$3")"; then
        say "$1 is there and stays."
    else
        set_value "$1" "$2" "$3"
        say "$1 is new."
    fi
}

generate_secrets() {
    umask 077
    file=.env
    [ -z "$ENVIRONMENT_NAME" ] || [ ! -e ".env.$ENVIRONMENT_NAME" ] || file=.env.$ENVIRONMENT_NAME
    if [ ! -e "$file" ]; then
        [ -e .env.example ] || fail "needs .env.example, which belongs to the project."
        cp .env.example "$file"
        say "Made $file of .env.example."
    fi
    chmod 0600 "$file"
    fill SECRET_KEY "$(random_hex 32)" "$file"
    fill KEY_ENCRYPTION_KEY "$(random_base64)" "$file"
    # For the services of docker-compose.yml, which this machine reaches at localhost.
    if [ -z "$(value_of DATABASE_URL "$file")" ]; then
        fill POSTGRES_PASSWORD "$(random_hex 24)" "$file"
        [ -n "$(value_of POSTGRES_SERVER "$file")" ] || set_value POSTGRES_SERVER localhost "$file"
    fi
    [ -n "$(value_of REDIS_URL "$file")" ] || fill REDIS_PASSWORD "$(random_hex 24)" "$file"
    say "Keep a copy of KEY_ENCRYPTION_KEY apart from the backups: they cannot be read without it."
}

# --- deploy ---------------------------------------------------------------------------------

step() {
    say "+ $*"
    [ "$DRY_RUN" = true ] || "$@"
}

compose() {
    if [ -e "docker-compose.$ENVIRONMENT_NAME.yml" ]; then
        set -- --file docker-compose.yml --file "docker-compose.$ENVIRONMENT_NAME.yml" "$@"
    fi
    step docker compose --env-file "$ENV_FILE" "$@"
}

has_keys() {
    for pem in keys/*.pem; do
        [ -e "$pem" ] && return 0
    done
    return 1
}

# Prints what is missing; succeeds if nothing is.
missing() {
    if [ ! -e "$ENV_FILE" ]; then
        say "$ENV_FILE is missing; make it with: ./deploy.sh generate-secrets"
        return 1
    fi
    complete=0
    for name in ISSUER SECRET_KEY KEY_ENCRYPTION_KEY POSTGRES_PASSWORD REDIS_PASSWORD; do
        if ! is_real "$(value_of "$name" "$ENV_FILE")" &&
            ! is_real "$(value_of "${name}_PROD" "$ENV_FILE")"; then
            say "$name is missing in $ENV_FILE."
            complete=1
        fi
    done
    return $complete
}

require_docker() {
    command -v docker >/dev/null 2>&1 ||
        fail "needs Docker with its compose plugin; see https://docs.docker.com/engine/install/"
    docker compose version >/dev/null 2>&1 ||
        fail "needs the compose plugin of Docker; install it with: apt-get install docker-compose-plugin"
    docker info >/dev/null 2>&1 ||
        fail "Docker does not answer; start it, or run this with sudo."
}

deploy() {
    ENV_FILE=.env
    [ -z "$ENVIRONMENT_NAME" ] || [ ! -e ".env.$ENVIRONMENT_NAME" ] || ENV_FILE=.env.$ENVIRONMENT_NAME
    if ! found=$(missing); then
        printf '%s\n' "$found" >&2
        [ "$DRY_RUN" = true ] || fail "nothing was deployed."
    fi
    [ "$DRY_RUN" = true ] || require_docker
    export AUTHWELL_TAG="$TAG" AUTHWELL_ENV_FILE="$ENV_FILE"
    # The choice of the command line wins over what the file says.
    [ -z "$ENVIRONMENT_NAME" ] || export ENVIRONMENT="$ENVIRONMENT_NAME"
    say "Deploying authwell:$TAG as ${ENVIRONMENT_NAME:-$(value_of ENVIRONMENT "$ENV_FILE" 2>/dev/null || true)}."
    compose build auth-service
    compose up --detach --wait db redis
    compose run --rm --no-deps auth-service db upgrade
    if has_keys; then
        # As the owner of the files, which nobody else may read.
        compose run --rm --no-deps --user "$(id -u):$(id -g)" --volume "$PWD/keys:/keys:ro" \
            --entrypoint sh auth-service -c 'authwell keys import /keys/*.pem'
    fi
    compose up --detach --wait auth-service
    compose exec -T auth-service authwell check
    if [ "$DRY_RUN" = true ]; then
        say "Nothing was done: this was a dry run."
    else
        say "authwell:$TAG answers."
    fi
}

# --- command line ---------------------------------------------------------------------------

needs_value() { [ "$#" -ge 2 ] && [ -n "$2" ] || fail "$1 needs a value; see ./deploy.sh help"; }

while [ "$#" -gt 0 ]; do
    case $1 in
    --env)
        needs_value "$@"
        ENVIRONMENT_NAME=$2
        shift
        ;;
    --tag)
        needs_value "$@"
        TAG=$2
        shift
        ;;
    --dry-run) DRY_RUN=true ;;
    -h | --help | help) COMMAND=help ;;
    -*) fail "there is no option $1; see ./deploy.sh help" ;;
    *)
        [ -z "$COMMAND" ] || fail "one command at a time; see ./deploy.sh help"
        COMMAND=$1
        ;;
    esac
    shift
done

case $ENVIRONMENT_NAME in
*[!a-z0-9_-]*) fail "--env takes a name such as production or staging." ;;
esac
case $TAG in
*[!A-Za-z0-9_.-]*) fail "--tag takes a tag such as v1.0.0." ;;
esac

case $COMMAND in
generate-keys) generate_keys ;;
generate-secrets) generate_secrets ;;
deploy) deploy ;;
help | '') usage ;;
*) fail "there is no command $COMMAND; see ./deploy.sh help" ;;
esac
