#!/usr/bin/env bash
# The units as their owner uses them: bootstrap, minute timers, stream, a hang, a wrong name, a night without power.
# limit: 330
set -euo pipefail
# shellcheck source=Tests/Systemd/inside/watching.sh
. /usr/local/lib/scenarios/watching.sh

readonly clone=/home/flip/cryptotrader secret=pa55word-that-nobody-may-see
readonly units=$clone/systemd
declare -a series
if [ -e /srv/recordings ]; then
    series=(BTCUSD-1m IOTUSD-1m DUSK:USD-1m)
else
    series=(BTCUSD-1m ETHUSD-1m DUSK:USD-1m)
fi
symbols=$(printf '%s,' "${series[@]%-*}")
symbols=${symbols%,}

start_exchange() {
    local arguments
    arguments="--generate $symbols --seed 7 --quiet 0.1 --from $(date -u -d '5 days ago' +%F) --to $(date -u -d '3 days' +%F)"
    # Near midnight the recordings would be moved by another day after a reboot.
    if [ -e /srv/recordings ] && [ "$(date -u +%H%M)" -lt 2330 ]; then arguments="--data /srv/recordings --shift-to-now"; fi
    echo "REPLAY_ARGUMENTS=$arguments" | tee /etc/bitfinex-replay.env
    systemctl --quiet enable --now bitfinex-replay.service
    wait_until 60 "the exchange answers" curl -sS -o /dev/null "$exchange/__stats"
}

write_settings() {
    as-flip tee "$clone/.env" >/dev/null <<END_OF_ENV
BITFINEX_REST_URL=$exchange
BITFINEX_WS_URL=${exchange/http/ws}/ws/2
POSTGRES_PASSWORD=$secret
END_OF_ENV
}

# Line by line as the owner's runbook has it.
link_and_bootstrap() {
    user_units link "$units/cryptotrader-bitfinex-realtime@.timer"
    user_units link "$units/cryptotrader-bitfinex-backfill@.service"
    user_units daemon-reload
    user_units link "$units/cryptotrader-bitfinex-gap-repair@.timer"
    user_units link "$units/cryptotrader-bitfinex-gap-repair@.service"
    user_units daemon-reload
    as-flip .build/release/ingest bootstrap --symbols "$symbols" --timeframe 1m --lookback-days 3 --enable-gap-repair
    expect "env file" $'CT_SYMBOL=BTCUSD\nCT_TIMEFRAME=1m' "$(cat /home/flip/.config/cryptotrader/bitfinex-backfill-BTCUSD-1m.env)"
    user_units enable --now cryptotrader-bitfinex-realtime@BTCUSD-1m.timer
    user_units enable --now cryptotrader-bitfinex-gap-repair@BTCUSD-1m.timer
    user_units list-timers --all | grep -E 'cryptotrader-(bitfinex|frontend)'
    expect "timers" $((2 * ${#series[@]})) "$(user_units list-timers --all | grep -c cryptotrader-bitfinex)"
    as-flip scripts/install-user-units
    expect "status of a timer that is not enabled" 3 "$(status_of cryptotrader-bitfinex-backfill@BTCUSD-1m.timer)"
    expect "status of a timer" 0 "$(status_of cryptotrader-bitfinex-gap-repair@BTCUSD-1m.timer)"
}

status_of() {
    local code=0
    user_units status "$1" >/dev/null || code=$?
    echo "$code"
}

check_second_bootstrap() {
    local document
    document=$(as-flip .build/release/ingest bootstrap --symbols "$symbols" --lookback-days 3 --enable-gap-repair --json 2>/dev/null)
    expect "what a second bootstrap changes" 0 "$(grep -c '"state" : "\(written\|enabled\)"' <<<"$document")"
    expect "what a second bootstrap finds" $((4 * ${#series[@]})) "$(grep -c '"state" : "unchanged"' <<<"$document")"
}

# A name without a timeframe, and a misspelt setting.
start_wrong_timers() {
    local code=0
    as-flip scripts/install-user-units --realtime BTCUSD 2>&1 || code=$?
    expect "exit code for a name without a timeframe" 64 "$code"
    echo "CT_SYMBL=LTCUSD" | as-flip tee /home/flip/.config/cryptotrader/bitfinex-backfill-LTCUSD-1m.env >/dev/null
    user_units enable --now cryptotrader-bitfinex-realtime@BTCUSD.timer cryptotrader-bitfinex-realtime@LTCUSD-1m.timer
}

check_wrong_timers() {
    local name
    for name in BTCUSD LTCUSD-1m; do
        expect "timer of $name" inactive "$(property "cryptotrader-bitfinex-realtime@$name.timer" ActiveState)"
        user_journal -u "cryptotrader-bitfinex-backfill@$name.service"
        user_journal -u "cryptotrader-bitfinex-backfill@$name.service" \
            | grep -q "then: systemctl --user start cryptotrader-bitfinex-realtime@$name.timer" || fail "no word on the timer of $name"
    done
    expect "exit code of a wrong name" 64 "$(property cryptotrader-bitfinex-backfill@BTCUSD.service ExecMainStatus)"
    expect "exit code of a wrong setting" 78 "$(property cryptotrader-bitfinex-backfill@LTCUSD-1m.service ExecMainStatus)"
    user_journal -u cryptotrader-bitfinex-backfill@LTCUSD-1m.service | grep -q 'CT_SYMBL: did you mean CT_SYMBOL?'
}

nothing_unknown() { [ "$(as-flip .build/release/ingest gaps 2>/dev/null)" = "Nothing is unknown." ]; }

# Two minutes of timers, from a whole minute on, and the spread of the second one.
watch_timers() {
    local since end one
    since=$(($(date +%s) / 60 * 60 + 60))
    end=$((since + 80))
    sleep_until "$end"
    for one in "${series[@]}"; do
        check_one_line_a_run "cryptotrader-bitfinex-backfill@$one.service" "$since"
        check_candles "$one" $((since - 21600))
    done
    wait_until 30 "nothing is unknown" nothing_unknown
    check_no_overlap
    check_no_refusal
}

start_gap_repair_once() {
    user_units start cryptotrader-bitfinex-gap-repair@BTCUSD-1m.service
    user_journal -u cryptotrader-bitfinex-gap-repair@BTCUSD-1m.service --since "6 hours ago"
    expect "lines of gap repair" 1 "$(user_journal -u cryptotrader-bitfinex-gap-repair@BTCUSD-1m.service | wc -l)"
}

stream=cryptotrader-bitfinex-stream.service
stream_runs() { [ "$(property $stream ActiveState)" = active ]; }
stream_is_live() { user_journal -u $stream | grep -q 'series read and live'; }
stream_restarted() { [ "$(property $stream NRestarts)" -ge 1 ] && stream_runs; }

hang_the_stream() {
    as-flip mkdir -p "/home/flip/.config/systemd/user/$stream.d"
    printf '[Service]\nWatchdogSec=8\nRestartSec=2\n' | as-flip tee "/home/flip/.config/systemd/user/$stream.d/test.conf" >/dev/null
    as-flip scripts/install-user-units --stream
    as-flip scripts/install-user-units --stream >/dev/null
    expect "stream" active "$(property $stream ActiveState)"
    wait_until 90 "the stream has read all series and hears them" stream_is_live
    kill -STOP "$(property $stream MainPID)"
    wait_until 40 "the watchdog has restarted the stream" stream_restarted
    user_journal -u $stream | grep -i watchdog
}

check_no_secret() {
    if journalctl --no-pager --output=cat | grep -q "$secret"; then fail "the journal has the password"; fi
    if user_units show 'cryptotrader-bitfinex-*' | grep -q "$secret"; then fail "the units have the password"; fi
}

# Timers and stream run without a login, and the minutes without power are there.
check_after_reboot() {
    local booted one
    booted=$(stat --format=%Y /run/systemd/system)
    wait_until 60 "the stream runs" stream_runs
    for one in "${series[@]}"; do
        expect "timer of $one" active "$(property "cryptotrader-bitfinex-realtime@$one.timer" ActiveState)"
    done
    sleep_until $((booted / 60 * 60 + 85))
    wait_until 30 "nothing is unknown" nothing_unknown
    for one in "${series[@]}"; do
        check_candles "$one" $((booted - 21600))
        check_one_line_a_run "cryptotrader-bitfinex-backfill@$one.service" "$booted"
    done
    check_no_overlap
    check_no_refusal
    check_no_secret
}

# A clone elsewhere: drop-ins name its path; and nothing of it all is left in the end.
check_other_clone_and_uninstall() {
    local other=/home/flip/src/trader
    as-flip mkdir -p /home/flip/src
    as-flip cp -a "$clone" "$other"
    as-flip "$other/scripts/install-user-units"
    [[ $(property cryptotrader-bitfinex-backfill@BTCUSD-1m.service ExecStart) == *"$other/.build/release/ingest"* ]] || fail "no drop-in"
    expect "links into the first clone" "" "$(find /home/flip/.config/systemd -lname "$clone/*")"
    user_units start cryptotrader-bitfinex-backfill@BTCUSD-1m.service
    as-flip "$other/scripts/install-user-units" --uninstall
    as-flip "$other/scripts/install-user-units" --uninstall
    expect "units left" "" "$(user_units list-units --all --plain --no-legend 'cryptotrader-*')"
    expect "unit files left" "" "$(find /home/flip/.config/systemd -name 'cryptotrader-*' ! -name "$stream.d")"
    [ -s /home/flip/.config/cryptotrader/bitfinex-backfill-BTCUSD-1m.env ] || fail "the env files are gone"
    [ -s "$database" ] || fail "the candles are gone"
}

case $1 in
    1)
        start_exchange
        write_settings
        link_and_bootstrap
        check_second_bootstrap
        start_wrong_timers
        watch_timers
        check_wrong_timers
        start_gap_repair_once
        hang_the_stream
        check_no_secret
        echo 65 >/results/off
        exit 88
        ;;
    2)
        wait_until 60 "the exchange answers" curl -sS -o /dev/null "$exchange/__stats"
        check_after_reboot
        check_other_clone_and_uninstall
        ;;
esac
