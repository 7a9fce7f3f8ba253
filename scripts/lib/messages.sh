# shellcheck shell=bash
# What the scripts say, and how they stop.

say() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# stop CODE MESSAGE [HINT]: one clear sentence and, where there is one, what to do about it.
stop() {
    printf 'error: %s\n' "$2" >&2
    [ -z "${3:-}" ] || printf 'hint: %s\n' "$3" >&2
    exit "$1"
}

# skip REASON: ends a test step that cannot run here; 77 is the customary code for it.
skip() {
    printf 'skipped: %s\n' "$1"
    [ -z "${STEP_REASON:-}" ] || printf '%s\n' "$1" >"$STEP_REASON"
    exit 77
}
