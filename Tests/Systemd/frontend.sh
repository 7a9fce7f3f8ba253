#!/usr/bin/env bash
# The dashboard as the owner's runbook runs it: before there is a database, when candles come, when it falls, hangs and is stopped.
# limit: 240
set -euo pipefail
# shellcheck source=Tests/Systemd/inside/watching.sh
. /usr/local/lib/scenarios/watching.sh

readonly clone=/home/flip/cryptotrader own=/home/flip/.config/systemd/user unit=cryptotrader-frontend.service
readonly page=http://127.0.0.1:5176 secret=pa55word-that-nobody-may-see settings=/home/flip/.config/cryptotrader
readonly ingest=".build/release/ingest"

write_settings() {
    local arguments
    arguments="--generate BTCUSD --seed 7 --quiet 0.1 --from $(date -u -d '5 days ago' +%F) --to $(date -u -d '3 days' +%F)"
    echo "REPLAY_ARGUMENTS=$arguments" >/etc/bitfinex-replay.env
    systemctl --quiet start bitfinex-replay.service
    wait_until 60 "the exchange answers" curl -sS -o /dev/null "$exchange/__stats"
    as-flip mkdir -p "$own/$unit.d" "$settings"
    # The published times are a minute; here nobody waits for them.
    printf '[Service]\nRestartSec=1\nWatchdogSec=25\n' | as-flip tee "$own/$unit.d/test.conf" >/dev/null
    # The env file's comes first, as a role of its own would; what the clone's .env holds is nobody's business on the LAN.
    printf 'BITFINEX_REST_URL=%s\nPOSTGRES_PASSWORD=%s\nTELEGRAM_BOT_TOKEN=%s\n' $exchange $secret $secret \
        | as-flip tee "$clone/.env" >/dev/null
    printf 'FRONTEND_DATABASE_URL=sqlite:data/cryptotrader.db\n' | as-flip tee "$settings/frontend.env" >/dev/null
    as-flip chmod 600 "$clone/.env" "$settings/frontend.env"
    echo "DATABASE_PATH=$database" | as-flip tee -a "$clone/.env" >/dev/null
}

is() { [ "$(property $unit "$1")" = "$2" ]; }
main_pid() { property $unit MainPID; }
is_another_than() { [ "$(main_pid)" != "$1" ] && [ "$(property $unit ActiveState)" = active ]; }
status_of() { curl -sS -o /dev/null -w '%{http_code}' "$@"; }
answers() { [ "$(status_of "$page$1")" = "$2" ]; }
database_is() { curl -sS $page/api/v1/summary | tr -d ' \n' | grep -qE "\"database\":\{[^}]*\"state\":\"$1\""; }

# The three lines of the owner's runbook.
link_and_enable() {
    user_units link "$clone/systemd/$unit"
    user_units daemon-reload
    user_units enable --now $unit
    expect "state" active "$(property $unit ActiveState)"
    user_units status $unit --no-pager | head -n 5
    # Port 5176 of every address.
    grep -q ' 00000000:1438 00000000:0000 0A ' /proc/net/tcp || fail "it does not listen for the LAN"
}

# A page that says what is not there yet, and shows it as soon as it is.
check_recovery() {
    wait_until 30 "it answers" answers /health/ping 200
    expect "the page" 200 "$(status_of $page/)"
    wait_until 30 "it says that there is no database yet" database_is empty
    expect "what it made by itself" "" "$(find $clone -name 'cryptotrader.db*' -newer $clone/.env)"
    as-flip $ingest backfill --series BTCUSD-1m --lookback-days 2
    wait_until 30 "it finds the database" database_is ok
    expect "candles" 200 "$(status_of "$page/api/v1/candles?symbol=BTCUSD&timeframe=1m")"
    curl -sS "$page/api/v1/symbols" | grep -q BTCUSD || fail "the market watch lacks BTCUSD"
}

check_hosts() {
    expect "by its name" 200 "$(status_of -H "Host: $(hostname):5176" $page/)"
    expect "a foreign host" 421 "$(status_of -H 'Host: evil.example' $page/)"
    expect "a foreign host's streams" 421 "$(status_of -H 'Host: evil.example' $page/api/v1/events)"
    expect "writing" 405 "$(status_of -X POST $page/api/v1/symbols)"
    curl -sSI -H 'Host: evil.example' $page/ | grep -qi '^content-security-policy:' || fail "an error without the policy"
}

# What another process stores is on its way to the browsers at once.
check_live() {
    curl -sSN --max-time 60 $page/api/v1/events >/tmp/events &
    local reader=$!
    wait_until 30 "a stream begins" grep -q '^event: hello' /tmp/events
    as-flip $ingest realtime --series BTCUSD-1m
    as-flip $ingest forget --series BTCUSD-1m --start "$(date -u -d '1 day ago' +%FT%H:00:00Z)" \
        --end "$(date -u -d '23 hours ago' +%FT%H:00:00Z)" --yes >/dev/null
    wait_until 30 "the stream tells of it" grep -qE '^event: (bars|changed)' /tmp/events
    # It may have ended by itself: it reads for a minute.
    kill $reader 2>/dev/null || true
}

# Killed, it is there again; stopped by a signal, systemd's watchdog ends it.
check_restarts() {
    local before
    before=$(main_pid)
    user_units kill --signal=KILL $unit
    wait_until 30 "it is restarted after a kill" is_another_than "$before"
    wait_until 30 "it answers again" answers /health/ping 200
    before=$(main_pid)
    user_units kill --signal=STOP $unit
    wait_until 60 "systemd restarts one that hangs" is_another_than "$before"
    wait_until 30 "it answers once more" answers /health/ping 200
}

# With open streams, within five seconds, and as a success; systemd itself may take a little too.
check_stop() {
    local i before took
    for i in 1 2 3 4 5; do curl -sSN --max-time 60 $page/api/v1/events >"/tmp/events.$i" & done
    wait_until 30 "five streams are open" sh -c 'grep -l "^event: hello" /tmp/events.[1-5] | wc -l | grep -qx 5'
    before=$(date +%s%3N)
    user_units stop $unit
    took=$(($(date +%s%3N) - before))
    echo "stopped with five open streams after $took ms"
    [ "$took" -lt 8000 ] || fail "stopping took $took ms"
    expect "end of the service" success "$(property $unit Result)"
}

check_secrets() {
    if user_journal -u $unit | grep -F $secret; then fail "a secret is in the journal"; fi
    user_journal -u $unit | head -n 12
}

# The next scenario finds the machine as this one did.
clean() {
    user_units disable $unit 2>/dev/null || true
    as-flip scripts/install-user-units --frontend
    wait_until 30 "it answers where the installer enabled it" answers /health/ping 200
    as-flip scripts/install-user-units --uninstall >/dev/null || true
    systemctl --quiet stop bitfinex-replay.service
    rm -rf -- "$own/$unit.d" "$clone"/{.env,data,logs} "$settings" "${host_journal%/*}" /tmp/events* /etc/bitfinex-replay.env
    user_units daemon-reload
}

write_settings
link_and_enable
check_recovery
check_hosts
check_live
check_restarts
check_stop
check_secrets
clean
