# shellcheck shell=bash
# Links, enables and removes the units of systemd/ in the user's own systemd. Needs messages.sh.

# What is not in the clone: our links and drop-ins, and the note that we let the user linger.
readonly unit_folder=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
readonly timer_stamps=${XDG_DATA_HOME:-$HOME/.local/share}/systemd/timers
readonly linger_note=${XDG_STATE_HOME:-$HOME/.local/state}/cryptotrader/linger-by-install-user-units
readonly drop_in=10-cryptotrader-clone.conf
readonly interval_drop_in=20-cryptotrader-interval.conf

# shellcheck source=scripts/lib/settings.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/settings.sh"

# check_series NAME: refuses what the program would refuse at every run of the timer.
check_series() {
    local code='[A-Z0-9]{2,12}'
    [[ $1 =~ ^([A-Z0-9]{6}|$code:$code)-(1m|5m|15m|30m|1h|3h|6h|12h|1D)$ ]] \
        || stop 64 "'$1' is no series" "write symbol, dash and timeframe, as in BTCUSD-1m or DUSK:USD-1m"
}

check_user_manager() {
    [ "$EUID" -ne 0 ] || [ -n "${XDG_RUNTIME_DIR:-}" ] \
        || stop 69 "these are units of a user, and this is root without a session" "run it as the user who owns the clone, without sudo"
    [ -d /run/systemd/system ] \
        || stop 69 "systemd does not run this machine" "run 'ingest stream' or 'ingest realtime' by other means, such as cron"
    systemctl --user list-units --quiet >/dev/null 2>&1 \
        || stop 69 "the user's systemd cannot be reached (XDG_RUNTIME_DIR is '${XDG_RUNTIME_DIR:-}')" \
            "log in as the user itself, not by su or sudo; or: export XDG_RUNTIME_DIR=/run/user/$(id -u)"
}

# Names of the files of units that are ours, once `learn_units` has looked.
declare -A our_units=()

# learn_units CLONE: those of the clone, and those whose link leads into the units of another clone.
learn_units() {
    local file
    while read -r file; do
        our_units[$(basename "$file")]=yes
    done < <(
        printf '%s\n' "$1"/systemd/cryptotrader-*.*
        find "$unit_folder" -maxdepth 1 -type l -name 'cryptotrader-*' -lname '*/systemd/cryptotrader-*' 2>/dev/null
    )
}

# only_ours: of the names or paths on stdin those of our units, whatever units else are called cryptotrader. An instance is known by
# its template.
only_ours() {
    local line name
    while read -r line; do
        name=${line##*/}
        name=${name#stamp-}
        [[ $name != *@*.* ]] || name=${name%%@*}@.${name##*.}
        [ -z "${our_units[${name:--}]:-}" ] || printf '%s\n' "$line"
    done
}

# link_units CLONE: links that lead into another clone, those of enabled instances too, are led here.
link_units() {
    local units=("$1"/systemd/cryptotrader-*.*) link unit
    while read -r link; do
        unit=$1/systemd/$(basename "$(readlink "$link")")
        if [ -e "$unit" ] && [ "$(readlink "$link")" != "$unit" ]; then ln -sfn -- "$unit" "$link"; fi
    done < <(find "$unit_folder" -name 'cryptotrader-*' -type l -lname '*/systemd/cryptotrader-*' 2>/dev/null)
    systemctl --user --quiet link "${units[@]}" \
        || stop 69 "systemd did not link the units of $1/systemd" "remove files of the same name from $unit_folder"
}

# write_paths CLONE: drop-ins for a clone that is not where the units say; without need, none.
write_paths() {
    local unit folder file
    if [ "$1" != "$(realpath -m "$HOME/cryptotrader")" ] && [[ ! $1 =~ ^[A-Za-z0-9/._+@-]+$ ]]; then
        stop 64 "the path $1 has characters that units cannot hold" "move the clone, for example to $HOME/cryptotrader"
    fi
    for unit in "$1"/systemd/cryptotrader-*.service; do
        folder=$unit_folder/$(basename "$unit").d
        file=$folder/$drop_in
        if [ "$1" = "$(realpath -m "$HOME/cryptotrader")" ]; then
            rm -f -- "$file"
            rmdir --ignore-fail-on-non-empty "$folder" 2>/dev/null || true
        else
            mkdir -p "$folder"
            paths_of "$unit" "$1" >"$file.new"
            mv -- "$file.new" "$file"
        fi
    done
}

# The settings of a unit that name the clone, for a clone at PATH; an empty Exec… before the first of its kind, since these add up.
paths_of() {
    printf '# Written by install-user-units: the clone is not at ~/cryptotrader.\n[Service]\n'
    awk -v clone="$2" '
        /^Documentation=/ || !/%h\/cryptotrader/ { next }
        match($0, /^Exec[A-Za-z]*=/) && !seen[substr($0, 1, RLENGTH)]++ { print substr($0, 1, RLENGTH) }
        { gsub(/%h\/cryptotrader/, clone); print }' "$1"
}

# write_interval CLONE: a drop-in for a watchdog that is to look more often or less than once a minute; else none.
write_interval() {
    local folder=$unit_folder/cryptotrader-watchdog.timer.d seconds
    seconds=$(setting WATCHDOG_CHECK_INTERVAL "${XDG_CONFIG_HOME:-$HOME/.config}/cryptotrader/watchdog.env" "$1/.env")
    if [ "${seconds:-60}" = 60 ]; then
        rm -f -- "$folder/$interval_drop_in"
        rmdir --ignore-fail-on-non-empty "$folder" 2>/dev/null || true
        return 0
    fi
    if ! [[ $seconds =~ ^[1-9][0-9]{0,4}$ ]] || [ "$seconds" -gt 86400 ]; then
        stop 78 "WATCHDOG_CHECK_INTERVAL is '$seconds'" "write seconds, 1 to 86400"
    fi
    mkdir -p "$folder"
    printf '# Written by install-user-units: WATCHDOG_CHECK_INTERVAL is %s.\n[Timer]\nOnCalendar=\nOnActiveSec=%ss\nOnUnitActiveSec=%ss\n' \
        "$seconds" "$seconds" "$seconds" >"$folder/$interval_drop_in.new"
    mv -- "$folder/$interval_drop_in.new" "$folder/$interval_drop_in"
}

# Instances are known by their links in *.wants, or because they are loaded.
disable_units() {
    local units
    mapfile -t units < <(
        {
            find "$unit_folder" -path '*.wants/cryptotrader-*' -printf '%f\n' 2>/dev/null
            systemctl --user list-units --all --plain --no-legend 'cryptotrader-*' | sed 's/ .*//'
        } | only_ours | sort -u
    )
    [ ${#units[@]} -gt 0 ] || return 0
    # First the timers, so that they start nothing any more.
    printf '%s\n' "${units[@]}" | grep '\.timer$' | xargs -r systemctl --user --quiet stop -- || true
    systemctl --user --quiet stop -- "${units[@]}" || warn "not all units stopped; see 'systemctl --user status'"
    systemctl --user --quiet disable -- "${units[@]}" 2>/dev/null || true
    systemctl --user --quiet reset-failed -- "${units[@]}" 2>/dev/null || true
}

remove_unit_files() {
    { find "$unit_folder" -name 'cryptotrader-*' -type l; find "$timer_stamps" -name 'stamp-cryptotrader-*'; } 2>/dev/null \
        | only_ours | xargs -r -d '\n' rm -f -- || true
    find "$unit_folder" -path "*/cryptotrader-*.d/$drop_in" -delete 2>/dev/null || true
    rm -f -- "$unit_folder/cryptotrader-watchdog.timer.d/$interval_drop_in"
    find "$unit_folder" -mindepth 1 -maxdepth 1 -type d \( -name 'cryptotrader-*.d' -o -name '*.wants' \) -empty -delete \
        2>/dev/null || true
    systemctl --user daemon-reload
}

lingers() { [ "$(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null)" = yes ]; }

take_linger() {
    if lingers; then return 0; fi
    loginctl enable-linger 2>/dev/null || stop 69 "the units are installed, but would end when you log out: linger was refused" \
        "run 'sudo loginctl enable-linger $(id -un)', then this again"
    mkdir -p "$(dirname "$linger_note")"
    : >"$linger_note"
}

give_back_linger() {
    [ -e "$linger_note" ] || return 0
    if loginctl disable-linger 2>/dev/null; then
        rm -- "$linger_note"
    else
        warn "linger is still on; to end it: sudo loginctl disable-linger $(id -un)"
    fi
}
