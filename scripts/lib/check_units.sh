# shellcheck shell=bash
# Lets systemd itself read our units. Needs messages.sh.

# check_units: fails on any word of systemd-analyze, whose exit code is 0 for settings that it does not know.
check_units() {
    local home unit program said=''
    command -v systemd-analyze >/dev/null || { note "there is no systemd-analyze here; the units are not checked" && return 0; }
    home=$(mktemp -d)
    install -d -m 700 "$home/run"
    # The units name programs in the clone of a user, which need not be built for this.
    for program in ingest ops frontend; do install -D -m 755 /dev/null "$home/cryptotrader/.build/release/$program"; done
    install -D -m 755 /dev/null "$home/cryptotrader/scripts/backup_database.sh"
    ln -s "$PWD/systemd" "$home/cryptotrader/systemd"
    for unit in systemd/cryptotrader-* docs/examples/*.service; do
        said+=$(HOME=$home XDG_RUNTIME_DIR=$home/run systemd-analyze --user --man=no verify "./${unit/@./@BTCUSD-1m.}" 2>&1) || said+=" (failed)"
    done
    rm -rf -- "$home"
    [ -z "$said" ] || { printf '%s\n' "$said" && return 1; }
}
