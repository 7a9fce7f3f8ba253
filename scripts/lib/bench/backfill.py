#!/usr/bin/env python3
"""Backfill against its peer and its bounds: both sides in one run, in turns, each figure the median of three.

usage: backfill.py BINARIES RECORDING PEER_PYTHON PEER_SCRIPT   (the last two are "-" where there is no peer)
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time

import measuring
import programs

ROUNDS = 3
START, END = 1483228800000, 1514764800000  # the year 2017
RANGE = ["--symbol", "BTCUSD", "--timeframe", "1m", "--start", "2017-01-01", "--end", "2018-01-01", "--json"]


class Bench:
    """One recording, served by a replay, and the ways to bring its rows into a database."""

    def __init__(self, binaries, recording, folder, cluster):
        self.ingest, self.cluster, self.folder = f"{binaries}/ingest", cluster, folder
        self.csv = {kind: f"{folder}/{kind}.csv" for kind in ("postgres", "sqlite")}
        self.rows = self.write_csv(recording)
        self.runs = 0

    def write_csv(self, recording):
        """The columns of the table `candle`, as each of the two databases reads its times."""
        count = 0
        with gzip.open(recording, "rt") as lines, open(self.csv["postgres"], "w") as postgres, \
                open(self.csv["sqlite"], "w") as sqlite:
            for line in lines:
                millis, opened, close, high, low, volume = line.strip("[]\n").split(",")
                seconds, rest = divmod(int(millis), 1000)
                values = f"{opened},{high},{low},{close},{volume}"
                postgres.write(f"1,{utc(seconds)}.{rest:03}+00,{values},t\n")
                sqlite.write(f"1,{millis},{values},1\n")
                count += 1
        return count

    def fresh_name(self):
        self.runs += 1
        return f"bench_{self.runs}"

    def sqlite_file(self):
        return f"{self.folder}/{self.fresh_name()}.db"

    def environment(self, replay):
        return {
            "BITFINEX_REST_URL": replay.url, "BITFINEX_REQUESTS_PER_MINUTE": "0",
            "STATE_DIR": f"{self.folder}/state-{self.runs}", "LOG_LEVEL": "error",
        }

    def backfill(self, replay, database):
        """Our program, from its start to its end."""
        os.sync()
        replay.reset()
        run = measuring.run([self.ingest, "backfill", *RANGE, "--database", database], self.environment(replay))
        report = json.loads(run.output)
        if report["rows_written"] != self.rows or report["unknown"] != 0:
            sys.exit(f"error: {report['rows_written']} rows of {self.rows} were written, {report['unknown']} are unknown")
        return run, replay.requests()

    def into_postgres(self, replay):
        with self.cluster.database(self.fresh_name()) as url:
            return self.backfill(replay, url)

    def into_sqlite(self, replay):
        return self.backfill(replay, f"sqlite:{self.sqlite_file()}")

    def copy_into_postgres(self):
        r"""psql's \copy of all rows in one transaction into the table that our program makes."""
        with self.cluster.database(self.fresh_name()) as url:
            measuring.run([self.ingest, "migrate", "--database", url], self.environment_without_exchange())
            self.cluster.sql("CHECKPOINT")
            copy = rf"\copy candle FROM '{self.csv['postgres']}' (FORMAT csv)"
            run = measuring.run([f"{self.cluster.programs}/psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-c", copy, url])
            self.check(self.cluster.sql("SELECT count(*) FROM candle", url.rsplit("/", 1)[1]))
            return run

    def import_into_sqlite(self):
        """The SQLite shell's .import of all rows in one transaction, with the journal and sync modes of our program."""
        path = self.sqlite_file()
        measuring.run([self.ingest, "migrate", "--database", f"sqlite:{path}"], self.environment_without_exchange())
        os.sync()
        pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;"
        run = measuring.run(["sqlite3", path, pragmas, ".mode csv", f".import {self.csv['sqlite']} candle"])
        self.check(subprocess.run(
            ["sqlite3", path, "SELECT count(*) FROM candle"], check=True, capture_output=True, text=True).stdout)
        return run

    def peer(self, replay, python, script):
        """The best of the three rounds that the peer's own script times, without Python's start."""
        with self.cluster.database(self.fresh_name()) as url:
            replay.reset()
            run = measuring.run([python, script, replay.url, url, str(START), str(END)])
            self.check(self.cluster.sql("SELECT count(*) FROM peer_candles", url.rsplit("/", 1)[1]))
            return run._replace(seconds=float(run.output.split()[-1])), replay.requests() // 3

    def environment_without_exchange(self):
        return {"STATE_DIR": f"{self.folder}/state-{self.runs}"}

    def check(self, count):
        if int(count) != self.rows:
            sys.exit(f"error: {count} rows instead of {self.rows}")


def utc(seconds):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


def line(name, rows, runs, requests=""):
    seconds = measuring.median([run.seconds for run in runs])
    every = " ".join(f"{run.seconds:.2f}" for run in runs)
    peak = max(run.megabytes for run in runs)
    return (name, f"{seconds:.2f}", every, f"{rows / seconds:,.0f}", f"{peak:.0f}", requests)


def main(binaries, recording, python, script):
    measuring.machine()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, programs.cluster() as cluster:
        print(f"postgres: {cluster.settings()}")
        served = f"{folder}/served"
        os.mkdir(served)
        os.symlink(recording, f"{served}/{os.path.basename(recording)}")
        bench = Bench(binaries, recording, folder, cluster)
        figures = measure(bench, f"{binaries}/bitfinex-replay", served, python, script)
        report(bench, figures, "" if python != "-" else script)


def measure(bench, replay_binary, served, python, script):
    figures = {}

    def note(name, run, requests=""):
        figures.setdefault(name, ([], []))
        figures[name][0].append(run)
        figures[name][1].append(requests)

    with programs.replay(replay_binary, "--data", served) as replay:
        for _ in range(ROUNDS):
            note("postgres", *bench.into_postgres(replay))
            if python != "-":
                note("peer", *bench.peer(replay, python, script))
            note("copy", bench.copy_into_postgres())
            note("sqlite", *bench.into_sqlite(replay))
            note("import", bench.import_into_sqlite())
    with programs.replay(replay_binary, "--data", served, "--latency-ms", "150") as replay:
        for _ in range(ROUNDS):
            note("postgres late", *bench.into_postgres(replay))
            note("sqlite late", *bench.into_sqlite(replay))
    return figures


NAMES = {
    "postgres": "ingest backfill into Postgres", "peer": "ccxt + psycopg into Postgres", "copy": r"psql \copy of a CSV",
    "sqlite": "ingest backfill into SQLite", "import": "sqlite3 .import of a CSV",
    "postgres late": "… Postgres, replies 150 ms late", "sqlite late": "… SQLite, replies 150 ms late",
}


def report(bench, figures, no_peer):
    rows = [("", "seconds", "runs", "rows/s", "peak MB", "requests")]
    rows += [line(NAMES[name], bench.rows, *values_of(figures[name])) for name in NAMES if name in figures]
    measuring.table(f"BTCUSD 1m 2017, {bench.rows:,} rows; medians of {ROUNDS}", rows)
    seconds = {name: measuring.median([run.seconds for run in runs]) for name, (runs, _) in figures.items()}
    bars = measuring.Bars()
    if "peer" in seconds:
        bars.at_least("Postgres, speed of the peer", 4, seconds["peer"] / seconds["postgres"], " x")
    else:
        bars.skipped("Postgres, speed of the peer", no_peer)
    bars.at_least(r"Postgres, speed of \copy", 0.6, seconds["copy"] / seconds["postgres"], " x")
    bars.at_least("SQLite, speed of .import", 0.6, seconds["import"] / seconds["sqlite"], " x")
    for name in ("postgres late", "sqlite late"):
        bars.at_most(NAMES[name][2:], 3, seconds[name], " s")
    ours = [run.megabytes for name, (runs, _) in figures.items() if name.split()[0] in ("postgres", "sqlite") for run in runs]
    bars.at_most("peak memory", 80, max(ours), " MB")
    bars.print()


def values_of(figure):
    runs, requests = figure
    return runs, requests[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
