#!/usr/bin/env bash
# The service of tasks, alerts and health: it starts with the machine, is restarted where it falls or hangs, and gives up with a word.
# limit: 300
set -euo pipefail
# shellcheck source=Tests/Systemd/inside/watching.sh
. /usr/local/lib/scenarios/watching.sh

readonly clone=/home/flip/cryptotrader own=/home/flip/.config/systemd/user unit=cryptotrader-ops.service
readonly health=http://127.0.0.1:8080 alert=cryptotrader-alert@cryptotrader-ops.service.service

write_settings() {
    as-flip mkdir -p "$own/$unit.d"
    # The published times are a minute and two; here nobody waits for them.
    printf '[Service]\nRestartSec=1\nWatchdogSec=25\n' | as-flip tee "$own/$unit.d/test.conf" >/dev/null
    printf 'DEPLOYMENT_ENV=container\nDATABASE_PATH=data/cryptotrader.db\n' | as-flip tee "$clone/.env" >/dev/null
    as-flip chmod 600 "$clone/.env"
}

is() { [ "$(property $unit "$1")" = "$2" ]; }
main_pid() { property $unit MainPID; }
is_another_than() { [ "$(main_pid)" != "$1" ] && [ "$(property $unit ActiveState)" = active ]; }
answers() { [ "$(curl -sS -o /dev/null -w '%{http_code}' "$health$1")" = "$2" ]; }
task_ended() { [ "$(sql "$host_journal" "SELECT count(*) FROM runs WHERE job = 'task' AND series = '$1' AND outcome IN ('done', 'idle')")" -ge 1 ]; }

check_start() {
    expect "state after the installer" active "$(property $unit ActiveState)"
    wait_until 30 "health answers" answers / 200
    for task in backup breaker_watch disk_check freshness_check gap_sweep host_status job_watch log_rotation status_report; do
        wait_until 30 "the task $task ends" task_ended "$task"
    done
    expect "an unknown host" 421 "$(curl -sS -o /dev/null -w '%{http_code}' -H 'Host: evil.example' $health/)"
    curl -sS $health/metrics | grep -F 'cryptotrader_info{version=' | grep -F 'environment="container"'
    as-flip .build/release/ops status
    as-flip .build/release/ops doctor
    grep -q '"task":"status_report"' "$clone/logs/bot.jsonl" || fail "the log does not tell of the tasks"
    grep -q 'daily-report' "$clone"/logs/alerts/*.log || fail "nobody was told the report"
    wait_until 30 "its status is told" is StatusText idle
}

# Killed, it is there again, and repeats no task that is not due; stopped by a signal, systemd's watchdog ends it.
check_restarts() {
    local before
    before=$(main_pid)
    user_units kill --signal=KILL $unit
    wait_until 30 "it is restarted after a kill" is_another_than "$before"
    wait_until 30 "health answers again" answers / 200
    before=$(main_pid)
    user_units kill --signal=STOP $unit
    wait_until 60 "systemd restarts one that hangs" is_another_than "$before"
    wait_until 30 "health answers once more" answers / 200
    expect "reports" 1 "$(sql "$host_journal" "SELECT count(*) FROM runs WHERE job = 'task' AND series = 'status_report'")"
    expect "runs without an end but those of now" 0 "$(sql "$host_journal" "SELECT count(*) FROM runs
        WHERE job = 'task' AND ended_at IS NULL AND started_at < (strftime('%s') - 60) * 1000")"
}

# A third fall within ten minutes is one too many; the handler tells a person, whose word is in the log of alerts.
check_giving_up() {
    for _ in 1 2 3; do
        user_units kill --signal=KILL $unit || true
        sleep 2
    done
    wait_until 30 "systemd gives up" is ActiveState failed
    wait_until 30 "a person is told" grep -q "$unit failed" "$clone"/logs/alerts/*.log
    user_journal -u $alert --quiet | tail -n 3
}

check_stop() {
    user_units reset-failed $unit
    user_units start $unit
    wait_until 30 "health answers after a person started it" answers / 200
    user_units stop $unit
    expect "end of the service" success "$(property $unit Result)"
    # Another one on the same host is refused, and is not started again and again.
    as-flip sh -c '.build/release/ops run >/dev/null 2>&1 & echo $! >/tmp/ops.pid'
    wait_until 30 "one in the foreground answers" answers / 200
    user_units start $unit || true
    expect "exit code of a second one" 75 "$(property $unit ExecMainStatus)"
    expect "restarts of a second one" 0 "$(property $unit NRestarts)"
    kill "$(cat /tmp/ops.pid)"
}

readonly trainer=/home/flip/trainer trained=$clone/logs/service_process_restart.log

# The program that matters writes a line each half second; where "falls" is there, it ends at once, in the background.
write_trainer() {
    as-flip mkdir -p "$trainer"
    as-flip touch "$trainer/falls"
    # shellcheck disable=SC2016  # the program's own variable
    printf '%s\n' 'echo "train began"' "echo \$\$ >$trainer/pid" "[ ! -e $trainer/falls ] || exit 1" \
        'while sleep 0.5; do echo "train $((++round))"; done' | as-flip tee "$trainer/train" >/dev/null
    printf '%s\n' "PROCESS_CHECK_PATTERN=bash $trainer/train" "PROCESS_RESTART_COMMAND=/bin/bash $trainer/train &" \
        | as-flip tee -a "$clone/.env" >/dev/null
}

# Its number, where it runs.
trainer_pid() {
    local pid
    pid=$(cat "$trainer/pid")
    if grep -qa "$trainer/train" "/proc/$pid/cmdline" 2>/dev/null; then echo "$pid"; fi
}
prints_on() { [ "$(wc -l <"$trained")" -gt "$1" ]; }
last_start() { sql "$host_journal" "SELECT outcome FROM restarts WHERE service LIKE 'process %' ORDER BY id DESC LIMIT 1"; }
last_start_is() { [ "$(last_start)" = "$1" ]; }

# What ends at once is not called started; what runs is in a scope of its own, and outlives the service that started it.
check_process() {
    local pid group verb
    write_trainer
    user_units start $unit
    wait_until 60 "what ends at once is called failed" last_start_is failed
    grep -q '^train began$' "$trained" || fail "its words are not in $trained"
    expect "trainers" "" "$(trainer_pid)"
    user_units stop $unit
    user_units reset-failed $unit
    as-flip rm "$trainer/falls"
    # Without a journal the task is due at once, and not in some minutes.
    rm -f -- "$host_journal"*
    user_units start $unit
    wait_until 60 "what runs is called started" last_start_is started
    pid=$(trainer_pid)
    group=$(sed 's/.*://' "/proc/$pid/cgroup")
    [[ $group == *.scope && $group != *"$unit"* ]] || fail "the trainer is in $group"
    echo "the trainer is in $group"
    for verb in restart stop; do
        user_units $verb $unit
        wait_until 10 "the trainer prints on after a $verb" prints_on "$(wc -l <"$trained")"
        expect "trainer after a $verb of the service" "$pid" "$(trainer_pid)"
    done
    expect "end of the service" success "$(property $unit Result)"
    kill "$pid"
}

# The next scenario finds the machine as this one did.
clean() {
    user_units reset-failed 2>/dev/null || true
    as-flip scripts/install-user-units --uninstall >/dev/null || true
    rm -rf -- "$own/$unit.d" "$clone"/{logs,.env} "${host_journal%/*}" "$trainer" /tmp/ops.pid
    user_units daemon-reload
}

write_settings
as-flip scripts/install-user-units --ops
check_start
check_restarts
check_giving_up
check_stop
check_process
clean
