#!/usr/bin/env bash
# The watchdog over foreign units: one is killed, one stopped, one goes silent, one falls again and again; an OnFailure alert; a reboot.
# limit: 240
set -euo pipefail
# shellcheck source=Tests/Systemd/inside/watching.sh
. /usr/local/lib/scenarios/watching.sh

readonly clone=/home/flip/cryptotrader own=/home/flip/.config/systemd/user bots=/home/flip/bots
readonly log=$clone/logs/watchdog.log watchdog=cryptotrader-watchdog loop=cryptotrader-watchdog-run
readonly names="killed stopped silent falling"

# A bot writes a line each half second, but no more where its .harm exists; the falling one ends ten seconds after each start.
write_bots() {
    local name services=()
    as-flip mkdir -p "$own" "$bots" "$clone/config"
    as-flip tee "$bots/bot" >/dev/null <<'END_OF_BOT'
rm -f "$1.harm"
for round in $(seq 100000); do
    [ "$1" != falling ] || [ "$round" -lt 20 ] || exit 1
    [ -e "$1.harm" ] || echo "$round Position Update"
    sleep 0.5
done
END_OF_BOT
    for name in $names; do
        printf '[Service]\nWorkingDirectory=%s\nExecStart=/bin/bash bot %s\nStandardOutput=append:%s\n[Install]\nWantedBy=default.target\n' \
            "$bots" "$name" "$bots/$name.log" | as-flip tee "$own/$name.service" >/dev/null
        services+=("{\"name\": \"$name\", \"unit\": \"$name\", \"log\": \"~/bots/$name.log\", \"log_age\": 6,
            \"log_patterns\": [\"VIX|Position|Update\"], \"max_restarts\": 2}")
    done
    printf '[Unit]\nOnFailure=cryptotrader-alert@%%n.service\n[Service]\nExecStart=/bin/sh -c "exit 3"\n' \
        | as-flip tee "$own/broken.service" >/dev/null
    (IFS=,; printf '{"services": [%s]}\n' "${services[*]}") | as-flip tee "$clone/config/watchdog.json" >/dev/null
    as-flip mkdir -p "$own/$watchdog.timer.d"
    printf '[Timer]\nOnCalendar=\nOnCalendar=*-*-* *:*:0/5 UTC\n' | as-flip tee "$own/$watchdog.timer.d/test.conf" >/dev/null
    user_units daemon-reload
    # shellcheck disable=SC2086  # several names
    user_units --quiet enable --now $names
}

says() { grep -qF "$1" "$log"; }
runs() { [ "$(property "$1" ActiveState)" = active ]; }

watch_them_fail() {
    user_units kill --signal=KILL killed.service
    user_units kill --signal=STOP stopped.service
    as-flip touch "$bots/silent.harm"
    wait_until 60 "the killed one is restarted" says "[OK] killed was restarted"
    wait_until 60 "the stopped one is restarted" says "[OK] stopped was restarted"
    wait_until 60 "the silent one is restarted" says "[OK] silent was restarted"
    wait_until 120 "the falling one is given up" says "falling was restarted 2 times within the hour, and is left alone now"
    wait_until 30 "it is left alone" says "falling is left alone; to try again: ops watchdog reset falling"
    cat "$log"
    for name in killed stopped silent; do runs $name || fail "$name does not run"; done
    grep -q "Restarting killed: Service killed is failed" "$log" || fail "another reason for killed"
    grep -q "Restarting stopped: .*stopped by a signal" "$log" || fail "another reason for stopped"
    grep -q "Restarting silent: .*Log file is stale" "$log" || fail "another reason for silent"
    as-flip .build/release/ops watchdog history
    expect "restarts" "falling 2,killed 1,silent 1,stopped 1" "$(restarts)"
    expect "failed runs of the watchdog" success "$(property $watchdog.service Result)"
}

restarts() {
    sql "$host_journal" "SELECT service || ' ' || count(*) FROM restarts GROUP BY service ORDER BY service" | paste -sd,
}

# What people are told: by the pipeline where it is there, else by the journal of the unit.
told() { cat "$clone"/logs/alerts/*.log 2>/dev/null || true; user_journal -u "$1" --quiet; }

check_alerts() {
    told $watchdog.service | grep -q "falling fails after 2 restarts within the hour, and is left alone" || fail "nobody is told of falling"
    user_units start broken.service
    wait_until 30 "the failure is told" told_of_broken
    told cryptotrader-alert@broken.service.service | grep broken.service
    expect "alert units of alert units" "" "$(user_units list-units --all --plain --no-legend 'cryptotrader-alert@cryptotrader-alert*')"
}

told_of_broken() { told cryptotrader-alert@broken.service.service | grep -q "broken.service failed: exit-code (exited, 3)"; }

# All is as it was: what is well is not restarted for its old log, and what was left alone still is.
check_after_reboot() {
    local lines=$1
    as_after() { tail -n +"$((lines + 1))" "$log"; }
    passed() { [ "$(as_after | grep -c '=== Watchdog check started')" -ge 3 ]; }
    wait_until 60 "the timer checks again" passed
    as_after
    for name in killed stopped silent; do runs $name || fail "$name does not run"; done
    expect "restarts after the reboot" "falling 2,killed 1,silent 1,stopped 1" "$(restarts)"
    if as_after | grep -q "within the hour, and is left alone now"; then fail "falling was given up twice"; fi
    wait_until 30 "falling is left alone" left_alone_again "$lines"
}

left_alone_again() { tail -n +"$(($1 + 1))" "$log" | grep -q "falling is left alone"; }

# As one program: it mends too, and systemd restarts it where it hangs.
check_long_running() {
    local before
    user_units --quiet disable --now $watchdog.timer
    as-flip mkdir -p "$own/$loop.service.d"
    printf '[Service]\nWatchdogSec=5\nRestartSec=1\nEnvironment=WATCHDOG_CHECK_INTERVAL=2\n' \
        | as-flip tee "$own/$loop.service.d/test.conf" >/dev/null
    user_units --quiet link "$clone/docs/examples/$loop.service"
    user_units daemon-reload
    user_units start $loop.service
    user_units kill --signal=KILL stopped.service
    restarted() { [ "$(grep -cF '[OK] stopped was restarted' "$log")" -eq 2 ]; }
    wait_until 60 "the program restarts a service" restarted
    wait_until 30 "its status is told" has_status
    before=$(property $loop.service MainPID)
    user_units kill --signal=STOP $loop.service
    is_anew() { [ "$(property $loop.service MainPID)" != "$before" ] && runs $loop.service; }
    wait_until 30 "systemd restarts a watchdog that hangs" is_anew
    user_units stop $loop.service
    expect "end of the program" success "$(property $loop.service Result)"
}

has_status() { [[ $(property $loop.service StatusText) == "not healthy: falling" ]]; }

# The next scenario finds the machine as this one did.
clean() {
    # shellcheck disable=SC2086  # several names
    user_units --quiet disable --now $names $loop.service 2>/dev/null || true
    as-flip scripts/install-user-units --uninstall >/dev/null || true
    rm -rf -- "$own/$watchdog.timer.d" "$own/$loop.service.d" "$own"/{killed,stopped,silent,falling,broken,$loop}.service "$bots" \
        "$clone"/{config,logs} "${host_journal%/*}"
    user_units daemon-reload
    user_units reset-failed
}

case $1 in
    1)
        write_bots
        as-flip scripts/install-user-units --watchdog
        user_units list-timers --all | grep $watchdog
        wait_until 60 "all is well once" says "All health checks passed"
        watch_them_fail
        check_alerts
        wc -l <"$log" >/results/watchdog.lines
        # Longer than the age at which a log is stale.
        echo 10 >/results/off
        exit 88
        ;;
    2)
        trap clean EXIT
        check_after_reboot "$(cat /results/watchdog.lines)"
        check_long_running
        ;;
esac
