#!/usr/bin/env bash
# `ingest status` of user flip answers on a machine without candles: from a shell and from a unit of the user manager.
set -euo pipefail

check_is_empty() { [ "$(tr -d ' \n' <<<"$2")" = '{"series":[]}' ] || { echo "$1: unexpected: $2" && exit 1; }; }

shell=$(as-flip .build/release/ingest status --json)
check_is_empty "from a shell" "$shell"
echo "from a shell: $shell"

person=$(as-flip .build/release/ingest status)
[ -n "$person" ]
echo "for a person: $person"

unit=$(as-flip systemd-run --user --quiet --wait --pipe --working-directory=/home/flip/cryptotrader \
    .build/release/ingest status --json)
check_is_empty "from a unit" "$unit"
echo "from a unit:  $unit"
