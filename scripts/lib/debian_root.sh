# shellcheck shell=bash
# A small root of this machine's own release, made by debootstrap from the mirror that apt uses here, and kept for the next time.
# Needs messages.sh.

# The release must be this machine's, since the programs that run inside were linked here.
release_codename() {
    # shellcheck source=/dev/null
    (. /etc/os-release && printf '%s\n' "${VERSION_CODENAME:-}")
}

# The mirror of apt's own settings, whatever form they are written in.
release_mirror() {
    # shellcheck disable=SC2016  # the variables are apt's
    apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' \
        | sed -n "s/^$1 main \(https\{0,1\}:.*\)$/\1/p" | head -n 1
}

# What a program of ours needs, and what a machine with systemd and users has.
root_packages() {
    local names=(
        systemd systemd-sysv dbus dbus-user-session libpam-systemd ca-certificates curl sqlite3
        libpq5 libsqlite3-0 zlib1g postgresql
    )
    local IFS=,
    printf '%s\n' "${names[*]}"
}

# ensure_debian_root FOLDER: makes the root unless it is there and is still the one that is wanted.
ensure_debian_root() {
    local root=$1 codename mirror packages wanted log
    codename=$(release_codename)
    packages=$(root_packages)
    wanted="1 $codename $packages"
    if [ "$(cat "$root/.made-of" 2>/dev/null)" = "$wanted" ]; then return 0; fi
    [ -e "$root/.made-of" ] || [ -z "$(ls -A "$root" 2>/dev/null)" ] \
        || stop 64 "$root is not a root that this script made" "set CRYPTOTRADER_SYSTEMD_ROOT to a folder of its own"
    mirror=$(release_mirror "$codename")
    [ -n "$mirror" ] || stop 69 "apt's settings name no http mirror for $codename main" \
        "check /etc/apt/sources.list and /etc/apt/sources.list.d"
    say "making a root of $codename in $root (once; a minute or so)"
    rm -rf --one-file-system -- "$root" "$root.new"
    mkdir -p "$(dirname "$root")"
    log=$root.log
    debootstrap --variant=minbase --include="$packages" "$codename" "$root.new" "$mirror" >"$log" 2>&1 || {
        tail -n 20 "$log" | sed 's#//[^/@ ]*@#//#' >&2
        stop 69 "debootstrap failed" "the whole of what it said is in $log; is the mirror reachable?"
    }
    rm -f -- "$root.new"/var/cache/apt/archives/*.deb
    chroot "$root.new" useradd --create-home --shell /bin/bash flip
    install -d "$root.new/var/lib/systemd/linger"
    touch "$root.new/var/lib/systemd/linger/flip"
    printf '%s\n' "$wanted" >"$root.new/.made-of"
    mv -- "$root.new" "$root"
}
