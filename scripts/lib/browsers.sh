# shellcheck shell=bash
# Installs what the tests in browsers need. Needs messages.sh and system_packages.sh.

readonly node_minimum=18

# Skips the step where a browser cannot be had by apt alone; with REQUIRE_BROWSERS=1 that is an error.
ensure_browsers() {
    command -v node >/dev/null || ensure_packages "the browser tests" nodejs
    [ "$(node --print 'process.versions.node.split(".")[0]')" -ge "$node_minimum" ] \
        || without_browsers "node $(node --version) is older than $node_minimum"
    command -v tsc >/dev/null || ensure_packages "the browser tests" node-typescript
    ensure_browser CHROMIUM chromium-headless-shell "chromium-headless-shell|chromium" \
        chromium-headless-shell chromium google-chrome
    ensure_browser FIREFOX firefox-esr firefox-esr firefox-esr firefox
    # Without any font, text has no width.
    ensure_packages "the browser tests" fonts-dejavu-core
}

# ensure_browser VARIABLE NAME PACKAGE PROGRAM…: VARIABLE may name a program.
ensure_browser() {
    local variable=$1 name=$2 package=$3 program
    shift 3
    [ -z "${!variable:-}" ] || return 0
    for program in "$@"; do
        if command -v "$program" >/dev/null; then return 0; fi
    done
    [ -n "$(package_candidate "$(first_candidate "$package")")" ] || apt_update_once
    [ -n "$(package_candidate "$(first_candidate "$package")")" ] \
        || without_browsers "no package $name here (Ubuntu has browsers only as snaps, which cannot be driven so): set $variable"
    ensure_packages "the browser tests" "$package"
}

without_browsers() {
    [ -z "${REQUIRE_BROWSERS:-}" ] || stop 69 "$1"
    skip "$1"
}
