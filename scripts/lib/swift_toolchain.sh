# shellcheck shell=bash
# Finds a Swift toolchain that is new enough, or installs one. Needs messages.sh and system_packages.sh.

readonly swift_minimum=6.2

# The version of the `swift` on PATH, such as 6.3.1, or nothing.
swift_version() {
    swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p'
}

swift_is_ready() {
    local version
    version=$(swift_version) || return 1
    [ -n "$version" ] && dpkg --compare-versions "$version" ge "$swift_minimum"
}

# A toolchain of swiftly is on PATH only in shells that were opened after its installation.
find_swift() {
    local environment="${SWIFTLY_HOME_DIR:-$HOME/.local/share/swiftly}/env.sh"
    if swift_is_ready; then return 0; fi
    [ -r "$environment" ] || return 1
    # shellcheck source=/dev/null
    . "$environment"
    hash -r
    swift_is_ready
}

ensure_swift() {
    local candidate
    if find_swift; then return 0; fi
    say "no Swift $swift_minimum or newer here"
    ensure_packages "the Swift toolchain" binutils g++ libc6-dev tzdata
    candidate=$(package_candidate swiftlang)
    if [ -n "$candidate" ] && dpkg --compare-versions "$candidate" ge "$swift_minimum"; then
        ensure_packages "the Swift toolchain ($candidate of this distribution)" swiftlang
    else
        bash scripts/lib/install_swift_with_swiftly.sh \
            || stop 69 "Swift could not be installed by swiftly" \
                "see the lines above, or install Swift by hand: https://www.swift.org/install/linux/"
    fi
    find_swift || stop 69 "Swift $swift_minimum or newer is still not on PATH" \
        "open a new shell and run this script again, or install Swift from https://www.swift.org/install/linux/"
}
