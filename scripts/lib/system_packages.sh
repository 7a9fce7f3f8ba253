# shellcheck shell=bash
# Installs Debian and Ubuntu packages, and only those that are missing: a ready machine sees no sudo and no apt.
# Needs messages.sh.

can_be_root() { [ "$EUID" -eq 0 ] || command -v sudo >/dev/null; }

as_root() {
    if [ "$EUID" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        stop 69 "'$*' needs root, and there is no sudo here" "run that command as root, then this script again"
    fi
}

package_installed() {
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# The version that apt would install, or nothing.
package_candidate() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -vx '(none)' || true
}

# any_installed "a|b": whether one of the spellings of a package is there; releases name some libraries differently.
any_installed() {
    local name
    for name in ${1//|/ }; do
        if package_installed "$name"; then return 0; fi
    done
    return 1
}

# first_candidate "a|b": the first spelling that apt knows; the last one if it knows none, so that apt names it in its error.
first_candidate() {
    local name
    for name in ${1//|/ }; do
        [ -z "$(package_candidate "$name")" ] || break
    done
    printf '%s\n' "$name"
}

apt_update_once() {
    [ -z "${apt_is_updated:-}" ] || return 0
    apt_is_updated=yes
    as_root apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update \
        || warn "apt-get update failed; going on with the package lists that are here"
}

# ensure_packages PURPOSE PACKAGE…: PACKAGE is a name or "name|other-name".
ensure_packages() {
    local purpose=$1 wanted missing=() names=()
    shift
    for wanted in "$@"; do
        any_installed "$wanted" || missing+=("$wanted")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null \
        || stop 69 "$purpose needs these packages: ${missing[*]%%|*}" "there is no apt-get here: install them by hand"
    can_be_root || stop 69 "$purpose needs these packages: ${missing[*]%%|*}" \
        "neither root nor sudo here: let an administrator run 'apt-get install ${missing[*]%%|*}'"
    say "installing for $purpose: ${missing[*]%%|*}"
    apt_update_once
    for wanted in "${missing[@]}"; do
        names+=("$(first_candidate "$wanted")")
    done
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install "${names[@]}" \
        || stop 69 "apt-get could not install ${names[*]} for $purpose" \
            "check the network and 'apt-get update', then run this script again"
}
