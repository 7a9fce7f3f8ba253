#!/usr/bin/env python3
"""`ingest status` of ten million stored rows, as a whole process; the median of ten.

usage: status.py BINARIES
"""

import json
import subprocess
import sys
import tempfile

import measuring
import programs

SERIES, CANDLES, STRETCH = 20, 500_000, 20_000
FIRST, MINUTE, PAUSE = 1483228800000, 60_000, 3_600_000  # an unknown hour after each stretch of candles
SPAN = CANDLES * MINUTE + (CANDLES // STRETCH - 1) * PAUSE

# Both databases know the same names; only times and the source of numbers differ.
FILL = """
INSERT INTO series (symbol, timeframe, step_ms, first_open, wanted_from)
    SELECT 'T' || substr('ABCDEFGHIJKLMNOPQRST', CAST(n AS int), 1) || 'XUSD', '1m', {minute}, {time_first}, {time_first} FROM ({series}) AS s;
INSERT INTO candle
    SELECT s.id, {time_row}, 100 + n % 977, 101 + n % 977, 99 + n % 977, 100.5 + n % 977, n % 89 + 0.25, {true}
    FROM series s CROSS JOIN ({candles}) AS c;
INSERT INTO coverage
    SELECT s.id, {time_from}, {time_to}, 'page', {time_first} FROM series s CROSS JOIN ({stretches}) AS c;
INSERT INTO series_stats
    SELECT id, {count}, {count}, {count}, {time_first}, {time_last}, {time_last} FROM series;
"""


def fill(time, numbers, true):
    return FILL.format(
        minute=MINUTE, count=CANDLES, true=true, time_first=time(f"{FIRST}"), time_last=time(f"{FIRST + SPAN - MINUTE}"),
        time_row=time(f"{FIRST} + n * {MINUTE} + n / {STRETCH} * {PAUSE}"),
        time_from=time(f"{FIRST} + n * {STRETCH * MINUTE + PAUSE}"),
        time_to=time(f"{FIRST} + n * {STRETCH * MINUTE + PAUSE} + {STRETCH * MINUTE}"),
        series=numbers(1, SERIES), candles=numbers(0, CANDLES - 1), stretches=numbers(0, CANDLES // STRETCH - 1))


def fill_postgres(cluster, url):
    def numbers(first, last):
        return f"SELECT n::bigint FROM generate_series({first}, {last}) AS n"
    cluster.sql(fill(lambda ms: f"from_unix_ms({ms})", numbers, "true"), url.rsplit("/", 1)[1])
    # As autovacuum leaves a database that has been running for a while.
    cluster.sql("VACUUM (ANALYZE)", url.rsplit("/", 1)[1])
    cluster.sql("CHECKPOINT")


def fill_sqlite(path):
    def numbers(first, last):
        return f"WITH RECURSIVE c(n) AS (VALUES ({first}) UNION ALL SELECT n + 1 FROM c WHERE n < {last}) SELECT n FROM c"
    script = f"BEGIN; {fill(lambda ms: f'({ms})', numbers, '1')} COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"
    subprocess.run(["sqlite3", path], input=script, check=True, capture_output=True, text=True)


def status(ingest, database, state):
    """Milliseconds of each run, after one that is not counted."""
    command, environment = [ingest, "status", "--json", "--database", database], {"STATE_DIR": state}
    runs = [measuring.run(command, environment) for _ in range(11)][1:]
    series = json.loads(runs[0].output)["series"]
    if sum(one["count"] for one in series) != SERIES * CANDLES:
        sys.exit(f"error: status counts {sum(one['count'] for one in series)} candles instead of {SERIES * CANDLES}")
    return [run.seconds * 1000 for run in runs]


def main(binaries):
    measuring.machine()
    ingest, bars = f"{binaries}/ingest", measuring.Bars()
    rows = [("", "median ms", "fastest", "slowest")]

    def note(name, milliseconds):
        rows.append((name, *(f"{f(milliseconds):.1f}" for f in (measuring.median, min, max))))
        bars.at_most(f"ingest status, {name}", 50, measuring.median(milliseconds), " ms")

    with tempfile.TemporaryDirectory(prefix="bench-") as folder, programs.cluster() as cluster:
        path = f"{folder}/status.db"
        measuring.run([ingest, "migrate", "--database", f"sqlite:{path}"], {"STATE_DIR": folder})
        fill_sqlite(path)
        note("SQLite", status(ingest, f"sqlite:{path}", folder))
        with cluster.database("status") as url:
            measuring.run([ingest, "migrate", "--database", url], {"STATE_DIR": folder})
            fill_postgres(cluster, url)
            note("Postgres", status(ingest, url, folder))
    measuring.table(f"ingest status --json of {SERIES * CANDLES:,} rows in {SERIES} series", rows)
    bars.print()


if __name__ == "__main__":
    main(*sys.argv[1:])
