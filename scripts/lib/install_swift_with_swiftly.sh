#!/usr/bin/env bash
# Installs the latest Swift release by swiftly, the installer of swift.org, into the home of this user.
#
# The installer is checked against the signature of swift.org's keys before it runs.
# https://www.swift.org/swiftly/documentation/swiftlydocs/automated-install
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=scripts/lib/messages.sh
. "$here/messages.sh"
# shellcheck source=scripts/lib/system_packages.sh
. "$here/system_packages.sh"

fetch() {
    curl --fail --silent --show-error --location --retry 3 --max-time 600 --remote-name "$1" \
        || stop 69 "cannot download $1" "check the network, then run this script again"
}

site=https://download.swift.org/swiftly/linux
archive="swiftly-$(uname -m).tar.gz"
home_of_swiftly="${SWIFTLY_HOME_DIR:-$HOME/.local/share/swiftly}"

say "this distribution has no Swift of its own that is new enough: swiftly will install it"
note "it downloads $site/$archive and the latest Swift release (together about 1 GB)"
note "into $home_of_swiftly, and adds that folder to the PATH of your shell"
ensure_packages "swiftly" ca-certificates curl gnupg tar

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -m 700 keys
fetch https://www.swift.org/keys/all-keys.asc
fetch "$site/$archive"
fetch "$site/$archive.sig"
gpg --homedir "$folder/keys" --quiet --import all-keys.asc
gpg --homedir "$folder/keys" --quiet --verify "$archive.sig" "$archive" \
    || stop 69 "the signature of $archive is wrong" "the file is not used; try again later"

tar -xzf "$archive"
./swiftly init --assume-yes --skip-install --quiet-shell-followup
# shellcheck source=/dev/null
. "$home_of_swiftly/env.sh"
swiftly install latest --use --assume-yes --post-install-file="$folder/post-install.sh"
if [ -s post-install.sh ]; then as_root bash "$folder/post-install.sh"; fi
