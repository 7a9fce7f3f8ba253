# shellcheck shell=bash
# Starts and ends one bitfinex-replay, by its process id. Needs messages.sh.

replay_pid=
replay_url=

# start_replay BINARY LOG ARGUMENT…: sets `replay_url` once the server listens.
start_replay() {
    local binary=$1 log=$2 deadline=$((SECONDS + 120))
    shift 2
    replay_url=
    : >"$log" # an address of an earlier run must not be read
    trap stop_replay EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    "$binary" serve --port 0 "$@" >"$log" 2>"$log.errors" &
    replay_pid=$!
    while [ -z "$replay_url" ]; do
        if ! kill -0 "$replay_pid" 2>/dev/null; then
            cat "$log.errors" >&2
            stop 69 "bitfinex-replay ended before it listened" "its last words are above; they are kept in $log.errors"
        fi
        [ "$SECONDS" -lt "$deadline" ] || stop 69 "bitfinex-replay did not listen within 120 s" "see $log.errors"
        sleep 0.1
        replay_url=$(sed -n 's/^listening on \(http:[^ ]*\)$/\1/p' "$log" | head -n 1)
    done
}

stop_replay() {
    local pid=$replay_pid tries
    replay_pid=
    [ -n "$pid" ] || return 0
    kill -TERM "$pid" 2>/dev/null || true
    for tries in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        [ "$tries" -lt 100 ] || kill -KILL "$pid" 2>/dev/null || true
        sleep 0.1
    done
    wait "$pid" 2>/dev/null || true
}
