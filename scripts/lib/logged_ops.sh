# shellcheck shell=bash
# Runs `ops` for scripts/backup_database.sh and scripts/restore_database.sh, and keeps what it says in a log. Needs messages.sh.

# shellcheck source=scripts/lib/settings.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/settings.sh"

# Names of files that the caller gives are meant from where the caller stands.
readonly caller_folder=${OLDPWD:-$PWD}

# callers_path PATH: absolute.
callers_path() { (cd -- "$caller_folder" && realpath -m -- "$1"); }

# use_callers_settings: BACKUP_DIR for ops; sets `log`. What is not given, or empty, is left to the clone's .env and the defaults.
use_callers_settings() {
    if [ -n "${LOG_FILE:-}" ]; then
        log=$(callers_path "$LOG_FILE")
    else
        log=$(setting LOG_FILE .env)
        log=$(realpath -m -- "${log:-logs/backup.log}")
    fi
    [ -z "${BACKUP_DIR:-}" ] || BACKUP_DIR=$(callers_path "$BACKUP_DIR")
    [ -z "${BACKUP_DIR:-}" ] || export BACKUP_DIR
}

# find_ops: sets `ops`.
find_ops() {
    ops=$PWD/.build/release/ops
    [ -x "$ops" ] || ops=$(type -P ops) \
        || stop 69 "ops is not built in $PWD" "build it: swift build -c release --product ops (./scripts/quickstart installs Swift too)"
}

# start_log: from here on, what is said also goes into the log, which is for its owner alone.
start_log() {
    (umask 077 && mkdir -p -- "$(dirname -- "$log")" && : >>"$log") 2>/dev/null \
        || stop 74 "cannot write the log $log" "name another file in LOG_FILE"
    exec {as_it_was}>&1 {errors_as_they_were}>&2
    exec > >(exec tee --append --ignore-interrupts -- "$log") 2>&1
    tee_pid=$!
    say "$(date -u +%Y-%m-%dT%H:%M:%SZ) $1"
}

# What the last run of ops ended with.
code=0

# run_ops ARGUMENT…: sets `code` to what it ends with. SIGTERM to this script is given on, and in any case its end is awaited.
run_ops() {
    local pid signalled=yes
    trap signalled=yes INT
    # Ctrl-C reaches it from the terminal, whose input it also keeps: bash would take both from what it does not wait for.
    (trap - INT && exec "$ops" "$@") <&0 &
    pid=$!
    trap 'signalled=yes; kill -TERM "$pid" 2>/dev/null || true' TERM
    while [ -n "$signalled" ]; do
        signalled=''
        code=0
        # shellcheck disable=SC2034  # the scripts end with it
        wait "$pid" || code=$?
    done
    trap - INT TERM
}

# end_log: returns when the last line is in the log.
end_log() {
    exec 1>&"$as_it_was" 2>&"$errors_as_they_were"
    wait "$tee_pid" || true
}
