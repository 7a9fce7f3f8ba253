"""The same two million candles in Postgres and in SQLite, in the schema that `ingest migrate` makes; not market data."""

import subprocess

import measuring

SYMBOLS, BARS = 40, 10_000
STEPS = {"1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "6h": 21_600_000}
COUNT = SYMBOLS * len(STEPS) * BARS
FIRST = 1483228800000

# Both databases know the same names; only times and the source of numbers differ. Prices have five or six digits and volumes eight
# places, as those of the exchange; their digits follow no pattern that a compressor would see.
FILL = """
INSERT INTO series (symbol, timeframe, step_ms, first_open, wanted_from)
    SELECT 'A' || (100 + s.n) || ':USD', t.name, t.step, {first}, {first} FROM ({symbols}) AS s CROSS JOIN ({steps}) AS t;
INSERT INTO candle
    SELECT s.id, {time},
        (10000 * s.id + ({noise}) % 9973) / 100.0, (10000 * s.id + 9973 + ({noise}) % 89) / 100.0,
        (10000 * s.id - ({noise}) % 97) / 100.0, (10000 * s.id + ({noise}) % 9967) / 100.0,
        round(CAST(({noise}) / 7919.0 AS numeric), 8), {true}
    FROM series s CROSS JOIN ({bars}) AS c;
INSERT INTO coverage
    SELECT s.id, {first}, {end}, 'page', {first} FROM series s;
INSERT INTO series_stats
    SELECT s.id, {count}, {count}, {count}, {first}, {last}, {last} FROM series s;
"""


def fill(time, numbers, true):
    return FILL.format(
        first=time(f"{FIRST}"), time=time(f"{FIRST} + c.n * s.step_ms"), end=time(f"{FIRST} + {BARS} * s.step_ms"),
        last=time(f"{FIRST} + {BARS - 1} * s.step_ms"), count=BARS, true=true,
        symbols=numbers(1, SYMBOLS), bars=numbers(0, BARS - 1), noise="(c.n * 48271 + s.id * 69621) * 1103515 % 2147483647",
        steps=" UNION ALL ".join(f"SELECT '{name}' AS name, {step} AS step" for name, step in STEPS.items()))


def into_postgres(ingest, cluster, url, state):
    def numbers(first, last):
        return f"SELECT n::bigint FROM generate_series({first}, {last}) AS n"
    measuring.run([ingest, "migrate", "--database", url], {"STATE_DIR": state})
    name = url.rsplit("/", 1)[1]
    cluster.sql(fill(lambda ms: f"from_unix_ms({ms})", numbers, "true"), name)
    cluster.sql("VACUUM ANALYZE", name)
    cluster.sql("CHECKPOINT")


def into_sqlite(ingest, path, state):
    def numbers(first, last):
        return f"WITH RECURSIVE c(n) AS (VALUES ({first}) UNION ALL SELECT n + 1 FROM c WHERE n < {last}) SELECT n FROM c"
    measuring.run([ingest, "migrate", "--database", f"sqlite:{path}"], {"STATE_DIR": state})
    script = f"BEGIN; {fill(lambda ms: f'({ms})', numbers, '1')} COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"
    subprocess.run(["sqlite3", "-bail", path], input=script, check=True, capture_output=True, text=True)
