# shellcheck shell=bash
# Runs named steps, each as its own process under a time limit, and prints what became of them, at the end also what failed in them:
# whoever sees only the end of a long output still sees why. Needs messages.sh.

steps_names=()
steps_results=()
steps_seconds=()
steps_reasons=()
steps_failures=
step_pid=

trap 'end_step 130' INT
trap 'end_step 143' TERM
end_step() {
    [ -z "$step_pid" ] || { kill -TERM "$step_pid" 2>/dev/null && wait "$step_pid"; } || true
    record_step "the run" failed "$SECONDS" "ended from outside, or its time was over"
    report_steps || true
    exit "$1"
}

# run_step NAME MINUTES [NEEDS]: runs `scripts/test --step NAME`; is skipped where the step NEEDS has not passed.
run_step() {
    local name=$1 minutes=$2 needs=${3:-} started=$SECONDS code=0 reason output tail_pid
    if [ -n "$needs" ] && [ "$(result_of "$needs")" != passed ]; then
        record_step "$name" skipped 0 "$needs has not passed"
        return 0
    fi
    printf '\n'
    say "step $name"
    STEP_REASON=$(mktemp)
    export STEP_REASON
    output=$(mktemp)
    timeout --kill-after=60 "${minutes}m" scripts/test --step "$name" >"$output" 2>&1 &
    step_pid=$!
    # Not through a pipe: a program that a step left behind would hold it open.
    tail --lines=+1 --follow --pid="$step_pid" "$output" &
    tail_pid=$!
    wait "$step_pid" || code=$?
    step_pid=
    wait "$tail_pid" || true
    reason=$(cat "$STEP_REASON")
    [ "$code" -eq 0 ] || [ "$code" -eq 77 ] || steps_failures+=$(printf '\n==> %s\n' "$name" && failures_of "$output")$'\n'
    rm -f "$STEP_REASON" "$output"
    case $code in
        0) record_step "$name" passed $((SECONDS - started)) "" ;;
        77) record_step "$name" skipped $((SECONDS - started)) "$reason" ;;
        124 | 137) record_step "$name" failed $((SECONDS - started)) "took more than $minutes minutes" ;;
        *) record_step "$name" failed $((SECONDS - started)) "exit code $code" ;;
    esac
}

# What a reader wants to see first of a failed step's output; its last lines where nothing in it calls itself a failure.
failures_of() {
    local lines
    lines=$(grep -aE -A2 '^✘ .*(recorded an issue|failed after)|^ *✖ |ThreadSanitizer|: error: |Fatal error|^==> .* (failed|[1-9][0-9]* failed)' "$1" \
        | head -n 80) || true
    if [ -n "$lines" ]; then printf '%s\n' "$lines"; else tail -n 20 "$1"; fi
}

record_step() {
    steps_names+=("$1")
    steps_results+=("$2")
    steps_seconds+=("$3")
    steps_reasons+=("$4")
    [ "$2" = passed ] || say "step $1 $2: $4"
}

result_of() {
    local index
    for index in "${!steps_names[@]}"; do
        [ "${steps_names[$index]}" != "$1" ] || printf '%s\n' "${steps_results[$index]}"
    done
}

count_of() {
    local result count=0
    for result in "${steps_results[@]}"; do
        [ "$result" != "$1" ] || count=$((count + 1))
    done
    printf '%s\n' "$count"
}

# Prints what failed, the table and the closing line; fails if a step failed.
report_steps() {
    local index
    printf '%s' "$steps_failures"
    printf '\n%-14s %-8s %9s  %s\n' step result seconds ""
    for index in "${!steps_names[@]}"; do
        printf '%-14s %-8s %9d  %s\n' "${steps_names[$index]}" "${steps_results[$index]}" \
            "${steps_seconds[$index]}" "${steps_reasons[$index]}"
    done
    printf '\n%d passed, %d failed, %d skipped\n' "$(count_of passed)" "$(count_of failed)" "$(count_of skipped)"
    [ "$(count_of failed)" -eq 0 ]
}
