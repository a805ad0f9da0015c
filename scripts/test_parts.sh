# shellcheck shell=sh
# The parts of the tests that are no Python packages. Sourced by ./test after install.sh.

without() {
    case ",${TEST_WITHOUT:-}," in
    *",$1,"*) return 0 ;;
    *) return 1 ;;
    esac
}

# Debian's Chromium and curl bring no service; the tests say what is missing where we may not.
install_command() {
    command -v "$1" >/dev/null 2>&1 && return
    if is_root && command -v apt-get >/dev/null 2>&1; then
        say "Installing $1 ..."
        apt_install "$1" || say "Could not install $1."
    fi
}

# nginx is unpacked, never installed: its package would start a service.
install_nginx() {
    root=$PWD/.cache/debs/root
    [ -x "$root/usr/sbin/nginx" ] && return
    command -v apt-get >/dev/null 2>&1 || return 0
    say "Unpacking nginx ..."
    rm -rf .cache/debs && mkdir -p .cache/debs/files "$root"
    if ! download_debs nginx libpcre2-8-0 zlib1g libcrypt1 libssl3 && is_root; then
        apt-get update -qq >&2 || true
        download_debs nginx libpcre2-8-0 zlib1g libcrypt1 libssl3 || say "Could not download nginx."
    fi
    for file in .cache/debs/files/*.deb; do
        [ -e "$file" ] && dpkg-deb -x "$file" "$root"
    done
}

download_debs() { (cd .cache/debs/files && apt-get download -qq "$@" >/dev/null 2>&1); }

install_node_modules() {
    [ -e package-lock.json ] || return 0
    digest=$(sha256sum package-lock.json)
    [ "$(cat node_modules/.stamp 2>/dev/null)" = "$digest" ] && return
    say "Installing the JavaScript clients of the tests ..."
    can_write_home || export npm_config_cache="${npm_config_cache:-$PWD/.cache/npm}"
    if PATH="$PWD/.venv/bin:$PATH" .venv/bin/npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier \
        --loglevel=error >&2; then
        printf '%s\n' "$digest" >node_modules/.stamp
    else
        say "Could not install the JavaScript clients."
    fi
}

install_parts() {
    install_command curl
    without browser || install_command chromium
    without nginx || install_nginx
    without node || install_node_modules
}
