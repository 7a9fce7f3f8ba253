# shellcheck shell=bash
# What a scenario asks of the units of flip, of the exchange inside, and of flip's database.

readonly exchange=http://127.0.0.1:5099
readonly database=/home/flip/cryptotrader/data/cryptotrader.db
readonly host_journal=/home/flip/.local/state/cryptotrader/journal.db

fail() { echo "FAILED: $*" && exit 1; }

# expect WHAT WANTED FOUND
expect() { [ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"; }

# wait_until SECONDS WHAT COMMAND…: tries each half second.
wait_until() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" 2>/dev/null; do
        [ "$SECONDS" -lt "$deadline" ] || fail "in vain waited until $what"
        sleep 0.5
    done
}

# sleep_until TIME: in seconds; not at all where that is over.
sleep_until() {
    local left=$(($1 - $(date +%s)))
    if [ "$left" -gt 0 ]; then sleep "$left"; fi
}

user_units() { as-flip systemctl --user "$@"; }

property() { user_units show --property="$2" --value "$1"; }

user_journal() { as-flip journalctl --user --no-pager --output=cat "$@"; }

sql() { sqlite3 -readonly -cmd '.timeout 5000' "$@"; }

# Open times of the candles of a series that the exchange has had for two minutes or more, since a time in seconds.
offered() {
    curl -sS "$exchange/v2/candles/trade:1m:t${1%-*}/hist?start=$(($2 * 1000))&end=$((($(date +%s) - 180) * 1000))&sort=1&limit=1000" \
        | { grep -o '\[[0-9]*,' || true; } | tr -d '[,'
}

# Open times of the final candles of a series that the database has, since a time in seconds and up to another one.
kept() {
    sql "$database" "SELECT open_time FROM candle JOIN series ON id = series_id
        WHERE symbol || '-' || timeframe = '$1' AND final AND open_time BETWEEN $2 * 1000 AND $3"
}

# check_candles SERIES SINCE: what the exchange offered until three minutes ago is kept, and nothing else.
check_candles() {
    local wanted
    wanted=$(offered "$1" "$2")
    [ -n "$wanted" ] || fail "the exchange has no candle of $1 since $2"
    expect "candles of $1 since $(date -u -d "@$2" +%H:%M)" "$wanted" "$(kept "$1" "$2" "$(tail -n 1 <<<"$wanted")")"
    echo "$1: $(wc -l <<<"$wanted") candles since $(date -u -d "@$2" +%H:%M), as the exchange has them"
}

# Sets runs and lines, and fails where not each of at least two runs has its line.
has_one_line_a_run() {
    runs=$(as-flip journalctl --user -u "$1" --since "@$2" --output=json --output-fields=_SYSTEMD_INVOCATION_ID \
        | grep -o '"_SYSTEMD_INVOCATION_ID":"[0-9a-f]*"' | sort -u | wc -l)
    lines=$(user_journal -u "$1" --since "@$2" --quiet | wc -l)
    [ "$runs" -ge 2 ] && [ "$runs" -eq "$lines" ]
}

# check_one_line_a_run UNIT SINCE: each run has its one line, and the manager says nothing about it; a run may just be ending.
check_one_line_a_run() {
    local runs lines deadline=$((SECONDS + 30))
    until has_one_line_a_run "$@"; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            user_journal -u "$1" --since "@$2"
            fail "$1: $runs runs and $lines lines"
        fi
        sleep 0.5
    done
    echo "$1: $runs runs, $lines lines, such as: $(user_journal -u "$1" --since "@$2" --quiet | tail -n 1)"
}

check_no_overlap() {
    expect "runs that overlap" 0 "$(sql "$host_journal" "SELECT count(*) FROM runs a JOIN runs b
        ON a.series = b.series AND a.job = b.job AND a.id < b.id AND b.started_at < coalesce(a.ended_at, 0)")"
}

# The exchange refused nothing for coming too fast, and our journal knows of no ban.
check_no_refusal() {
    local statistics
    statistics=$(curl -sS $exchange/__stats | tr -d ' \n')
    if [[ $statistics == *'"status":429'* ]]; then fail "refused: $(grep -o '{[^}]*"status":429}' <<<"$statistics")"; fi
    [[ $statistics == *'"rate_limited":0'* ]] || fail "no count of refusals: ${statistics:0:300}"
    expect "bans" 0 "$(sql "$host_journal" "SELECT count(*) FROM bans")"
    echo "requests: $(grep -o '"requests":[0-9]*' <<<"$statistics")"
}
