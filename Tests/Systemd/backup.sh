#!/usr/bin/env bash
# Backups as their owner uses them: timers, a night's run, its verification, a restore and its undoing, a damaged file, a missed night.
set -euo pipefail
# shellcheck source=Tests/Systemd/inside/watching.sh
. /usr/local/lib/scenarios/watching.sh

readonly clone=/home/flip/cryptotrader secret=pa55word-of-the-backup
readonly folder=$clone/backups own_unit=/home/flip/.config/systemd/user/cryptotrader-mine.service
readonly backup=cryptotrader-backup verify=cryptotrader-backup-verify
readonly sqlite=sqlite:data/cryptotrader.db postgres=postgres://flip:$secret@127.0.0.1/cryptotrader

as_administrator() { runuser -u postgres -- psql -Xqtv ON_ERROR_STOP=1 "$@"; }

start_exchange() {
    echo "REPLAY_ARGUMENTS=--generate BTCUSD --seed 7 --quiet 0.1 --from $(date -u -d '3 days ago' +%F) --to $(date -u -d '2 days' +%F)" \
        >/etc/bitfinex-replay.env
    systemctl --quiet start bitfinex-replay.service
    wait_until 60 "the exchange answers" curl -sS -o /dev/null "$exchange/__stats"
}

write_settings() {
    wait_until 60 "Postgres answers" runuser -u postgres -- pg_isready -q
    as_administrator <<<"CREATE ROLE flip LOGIN CREATEDB PASSWORD '$secret'"
    as_administrator <<<"CREATE DATABASE cryptotrader OWNER flip"
    as-flip tee "$clone/.env" >/dev/null <<END_OF_ENV
BITFINEX_REST_URL=$exchange
POSTGRES_HOST=127.0.0.1
POSTGRES_USER=flip
POSTGRES_PASSWORD=$secret
DATABASE_PATH=data/cryptotrader.db
END_OF_ENV
}

# rows_in TYPE: the number of candles.
rows_in() {
    case $1 in
        sqlite) sql "$database" "SELECT count(*) FROM candle" ;;
        postgres) as_administrator -d cryptotrader <<<"SELECT count(*) FROM candle" | tr -d ' \n' ;;
    esac
}

keep_candles() {
    as-flip .build/release/ingest backfill --series BTCUSD-1m --lookback-days 1 --database "$sqlite" 2>&1 | tail -n 1
    as-flip .build/release/ingest backfill --series BTCUSD-1m --lookback-days 1 2>&1 | tail -n 1
    candles=$(rows_in sqlite)
    [ "$candles" -gt 1000 ] || fail "only $candles candles"
    expect "candles in Postgres" "$candles" "$(rows_in postgres)"
}

enable_timers() {
    local unit key sum
    as-flip scripts/install-user-units --backup
    key=$(as-flip .build/release/ops backup --make-key --json | sed -n 's/.*"key_file" : "\(.*\)".*/\1/p')
    expect "mode of the key" 600 "$(stat --format=%a "$key")"
    sum=$(sha256sum "$key")
    as-flip scripts/install-user-units --backup >/dev/null
    expect "the key, once more" "$sum" "$(sha256sum "$key")"
    user_units list-timers --all | grep cryptotrader
    for unit in $backup $verify; do
        [[ $(property "$unit.timer" NextElapseUSecRealtime) == *" 0"[25]":0"* ]] || fail "no next time of $unit.timer"
    done
}

# run_unit UNIT: starts it and waits for its end.
run_unit() {
    user_units start "$1.service" || { user_journal -u "$1.service" && fail "$1.service failed"; }
    expect "result of $1" "success 0" "$(property "$1.service" Result) $(property "$1.service" ExecMainStatus)"
}

back_up_at_night() {
    local file type
    run_unit $backup
    find "$folder" -maxdepth 1 -name '*_backup_*' -printf '%m %s %f\n' | sort -k 3
    expect "mode of the folder" 700 "$(stat --format=%a "$folder")"
    expect "files that others may read" "" "$(find "$folder" -type f -perm /077)"
    expect "unfinished files" "" "$(find "$folder" -name '.partial*')"
    for type in sqlite postgres journal; do
        expect "backups of $type" 1 "$(find "$folder" -name "${type}_backup_*.gz" | wc -l)"
    done
    for file in "$folder"/*.gz; do
        gunzip -t "$file"
        [ -s "${file%.*.gz}.manifest.json" ] || fail "$file has no manifest"
    done
    gunzip -c "$folder"/sqlite_backup_*.gz >/tmp/by-hand.db
    expect "candles in the backup" "$candles" "$(sqlite3 /tmp/by-hand.db "SELECT count(*) FROM candle")"
    rm /tmp/by-hand.db
    user_journal -u $backup.service --quiet
    for file in "$folder"/*.gz; do
        expect "lines on $(basename "$file")" 1 "$(user_journal -u $backup.service --quiet | grep -cF "$(basename "$file")")"
    done
}

verify_all() {
    run_unit $verify
    user_journal -u $verify.service --quiet
    as-flip .build/release/ops backups
}

# restore_of TYPE OPTION…: its exit code; what it says stays in /tmp/restore.log.
restore_of() {
    local code=0
    as-flip .build/release/ops restore --type "$@" </dev/null >/tmp/restore.log 2>&1 || code=$?
    echo "$code"
}

# lose_and_restore TYPE URL
lose_and_restore() {
    as-flip .build/release/ingest forget --series BTCUSD-1m --yes --database "$2"
    expect "restore of $1 without a terminal" 64 "$(restore_of "$1")"
    grep -q -e --yes /tmp/restore.log || fail "no word on --yes: $(cat /tmp/restore.log)"
    expect "candles in $1 after a refusal" 0 "$(rows_in "$1")"
    expect "restore of $1" 0 "$(restore_of "$1" --yes)"
    cat /tmp/restore.log
    expect "candles in $1 after a restore" "$candles" "$(rows_in "$1")"
    expect "undoing of $1" 0 "$(restore_of "$1" --undo --yes)"
    expect "candles in $1 after undoing" 0 "$(rows_in "$1")"
    expect "second restore of $1" 0 "$(as-flip scripts/restore_database.sh --type "$1" --yes >/dev/null 2>&1; echo $?)"
    expect "candles in $1 in the end" "$candles" "$(rows_in "$1")"
    # The exchange is asked for nothing that came back.
    as-flip .build/release/ingest gaps --database "$2"
}

# A bit of the newest backup of the night changes on the disk.
damage_a_backup() {
    local file middle byte
    file=$(find "$folder" -name 'sqlite_backup_*.gz' | sort | head -n 1)
    middle=$(($(stat --format=%s "$file") / 2))
    byte=$(od -An -tu1 -j "$middle" -N 1 "$file")
    # shellcheck disable=SC2059  # the format is the byte
    printf "\\x$(printf %x $((byte ^ 4)))" | dd of="$file" bs=1 seek="$middle" conv=notrunc status=none
    if user_units start $verify.service; then fail "a damaged backup was verified"; fi
    user_units --failed --no-legend --plain
    user_units --failed --no-legend --plain | grep -q "^$verify.service" || fail "the failure is not seen"
    expect "exit code for a damaged backup" 12 "$(property $verify.service ExecMainStatus)"
    user_journal -u $verify.service | grep -F "$(basename "$file")" | grep -q DAMAGED || fail "no word on $file"
    rm "$file" "${file%.*.gz}.manifest.json"
    run_unit $verify
}

# What writes is stopped before a restore and started after it, in the runbook's words.
stop_and_start_timers() {
    user_units stop 'cryptotrader-*.timer'
    expect "stopped timer" inactive "$(property $backup.timer ActiveState)"
    user_units start timers.target default.target
    expect "started timer" active "$(property $backup.timer ActiveState)"
}

backups_of_sqlite() { find "$folder" -name 'sqlite_backup_*.gz' | wc -l; }
is_one_more() { [ "$(backups_of_sqlite)" -gt "$1" ] && [ "$(property $backup.service ActiveState)" = inactive ]; }

# The timer last ran two days ago, as if the machine had been off at two.
miss_a_night() {
    local drop_in=/home/flip/.config/systemd/user/$backup.timer.d before
    as-flip mkdir -p "$drop_in"
    printf '[Timer]\nRandomizedDelaySec=0\nAccuracySec=1s\n' | as-flip tee "$drop_in/test.conf" >/dev/null
    user_units daemon-reload
    user_units stop $backup.timer
    as-flip touch -d '2 days ago' "/home/flip/.local/share/systemd/timers/stamp-$backup.timer"
    before=$(backups_of_sqlite)
    user_units start $backup.timer
    wait_until 30 "the missed backup is made" is_one_more "$before"
    expect "result of the missed backup" success "$(property $backup.service Result)"
}

check_script_and_secret() {
    as-flip scripts/backup_database.sh --type journal
    expect "mode of the log" 600 "$(stat --format=%a "$clone/logs/backup.log")"
    if journalctl --no-pager --output=cat | grep -q "$secret"; then fail "the journal has the password"; fi
    if grep -rq "$secret" "$folder" "$clone/logs" /home/flip/.local; then fail "a file has the password"; fi
    # shellcheck disable=SC2046  # names without spaces
    if zgrep -q "$secret" "$folder"/*.gz; then fail "a backup has the password"; fi
}

# What is called cryptotrader and is not of the clone stays, and so do the backups.
uninstall() {
    printf '[Service]\nExecStart=/bin/sleep 999\n[Install]\nWantedBy=default.target\n' | as-flip tee "$own_unit" >/dev/null
    user_units daemon-reload
    user_units --quiet enable --now "$(basename "$own_unit")"
    as-flip scripts/install-user-units --uninstall
    expect "units left" cryptotrader-mine.service \
        "$(user_units list-units --all --plain --no-legend 'cryptotrader-*' | sed 's/ .*//')"
    expect "links left" "" "$(find /home/flip/.config/systemd -lname "$clone/*")"
    expect "stamps left" "" "$(find /home/flip/.local/share/systemd/timers -name 'stamp-cryptotrader-*')"
    [ "$(backups_of_sqlite)" -gt 0 ] || fail "the backups are gone"
}

# The next scenario finds the machine as this one did.
clean() {
    as-flip scripts/install-user-units --uninstall >/dev/null || true
    user_units --quiet disable --now "$(basename "$own_unit")" 2>/dev/null || true
    rm -rf -- "$own_unit" "/home/flip/.config/systemd/user/$backup.timer.d" "$clone"/{.env,data,logs,backups} "${host_journal%/*}"
    user_units daemon-reload
    systemctl stop bitfinex-replay.service
    rm -f /etc/bitfinex-replay.env
    as_administrator <<<"SELECT format('DROP DATABASE %I WITH (FORCE);', datname) FROM pg_database WHERE datname LIKE 'cryptotrader%' \gexec"
    as_administrator <<<"DROP ROLE IF EXISTS flip"
}
trap clean EXIT

start_exchange
write_settings
keep_candles
enable_timers
back_up_at_night
verify_all
lose_and_restore sqlite "$sqlite"
lose_and_restore postgres "$postgres"
damage_a_backup
stop_and_start_timers
miss_a_night
check_script_and_secret
uninstall
