# shellcheck shell=bash
# Goes to the top of the project, whoever calls from wherever, and loads the pieces that every script needs.

cd -- "$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")/../.." || exit
# shellcheck source=scripts/lib/messages.sh
. scripts/lib/messages.sh
# shellcheck source=scripts/lib/system_packages.sh
. scripts/lib/system_packages.sh
# shellcheck source=scripts/lib/swift_toolchain.sh
. scripts/lib/swift_toolchain.sh

# What the build and the programs need of the system; libcurl is for the toolchain alone. Some releases of Ubuntu and Debian call
# libcurl4 "libcurl4t64".
ensure_build_packages() {
    ensure_packages "the build" \
        libpq-dev "libcurl4t64|libcurl4" libsqlite3-dev zlib1g-dev git ca-certificates "pkg-config|pkgconf"
}
