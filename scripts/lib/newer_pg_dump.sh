# shellcheck shell=bash
# A pg_dump of a newer major version, in a small root of a newer Debian. Needs messages.sh and debian_root.sh.

readonly newer_release=trixie newer_postgres=17

# ensure_newer_pg_dump FOLDER: makes the root and FOLDER/pg_dump, a command that runs the newer one, unless they are there.
ensure_newer_pg_dump() {
    local root=$1/$newer_release mirror
    if [ -x "$1/pg_dump" ]; then return 0; fi
    [ "$(id -u)" -eq 0 ] || skip "a root of another release is made as root alone"
    mirror=$(release_mirror "$(release_codename)")
    [ -n "$mirror" ] || skip "apt's settings name no http mirror"
    say "making a root of $newer_release in $root (once; a minute or so)"
    rm -rf --one-file-system -- "$root"
    mkdir -p "$1"
    debootstrap --variant=minbase --include="postgresql-client-$newer_postgres" "$newer_release" "$root" "$mirror" >"$root.log" 2>&1 \
        || skip "debootstrap made no root of $newer_release; the whole of what it said is in $root.log"
    printf '#!/bin/sh\nexec chroot %q /usr/lib/postgresql/%s/bin/pg_dump "$@"\n' "$root" "$newer_postgres" >"$1/pg_dump"
    chmod +x "$1/pg_dump"
}
