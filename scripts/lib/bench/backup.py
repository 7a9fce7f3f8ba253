#!/usr/bin/env python3
"""Backup, verification and restore of two million candles against the databases' own tools; ingestion while backups are made.

usage: backup.py BINARIES RECORDING   (RECORDING is "-" where there is none: candles are generated then)

Both sides in one run, in turns, each figure the median of three.
"""

import contextlib
import glob
import json
import os
import sys
import tempfile
import threading

import measuring
import programs
import stored_candles

ROUNDS = 3
YEAR = ["--symbol", "BTCUSD", "--timeframe", "1m", "--start", "2017-01-01", "--end", "2018-01-01", "--json"]


class Bench:
    """Both databases, filled, and a folder of backups."""

    def __init__(self, binaries, folder, cluster, url):
        self.ops, self.ingest, self.folder, self.cluster = f"{binaries}/ops", f"{binaries}/ingest", folder, cluster
        self.databases = {"Postgres": url, "SQLite": f"sqlite:{folder}/candles.db"}
        self.backups = f"{folder}/backups"
        self.runs = {}
        self.sizes = {}

    def fill(self):
        stored_candles.into_postgres(self.ingest, self.cluster, self.databases["Postgres"], self.folder)
        stored_candles.into_sqlite(self.ingest, f"{self.folder}/candles.db", self.folder)

    def environment(self):
        return {
            "STATE_DIR": f"{self.folder}/state", "BACKUP_DIR": self.backups,
            "PATH": f"{self.cluster.programs}:{os.environ['PATH']}",
        }

    def note(self, key, run):
        self.runs.setdefault(key, []).append(run)
        return run

    def run_ops(self, key, name, *arguments):
        os.sync()
        command = [self.ops, *arguments, "--database", self.databases[name], "--json"]
        return self.note(key, measuring.run(command, self.environment()))

    def run_peer(self, key, script, *arguments):
        os.sync()
        return self.note(key, measuring.run(["bash", "-euo", "pipefail", "-c", script, key, *arguments]))

    def newest(self, name):
        return max(glob.glob(f"{self.backups}/{name.lower()}_backup_*.gz"))

    def back_up(self, name):
        self.run_ops(f"ops backup, {name}", name, "backup", "--type", name.lower())
        self.sizes[f"ops backup, {name}"] = os.path.getsize(self.newest(name))

    def dump_by_peer(self):
        path = f"{self.folder}/peer.sql.gz"
        self.run_peer("pg_dump | gzip -6", f'"{self.cluster.programs}/pg_dump" "$1" | gzip -6 >"$2"', self.databases["Postgres"], path)
        self.sizes["pg_dump | gzip -6"] = os.path.getsize(path)

    def copy_by_peer(self):
        path = f"{self.folder}/peer.db"
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{path}.gz")
        self.run_peer("sqlite3 .backup, gzip -6", 'sqlite3 "$1" ".backup $2"; gzip -6 "$2"', f"{self.folder}/candles.db", path)
        self.sizes["sqlite3 .backup, gzip -6"] = os.path.getsize(f"{path}.gz")

    def verify(self, name):
        file = self.newest(name)
        self.run_ops(f"ops verify, {name}", name, "verify", os.path.basename(file))
        self.run_peer(f"gzip -t, {name}", 'gzip -t "$1"', file)

    def verify_deeply(self, name):
        self.run_ops(f"ops verify --deep, {name}", name, "verify", "--deep", os.path.basename(self.newest(name)))

    def restore(self, name):
        """Into the place of what is there, without a backup of that; the peer gets an empty database."""
        file = self.newest(name)
        os.sync()
        run, stages = measuring.run_with_marks(
            [self.ops, "restore", "--type", name.lower(), "--file", os.path.basename(file), "--yes", "--no-safety-backup",
             "--database", self.databases[name]], self.environment())
        self.note(f"ops restore, {name}", run)
        if name == "Postgres":
            loaded = seconds_between(stages, "loading into", "comparing the tables")
            self.note("… its loading, Postgres", run._replace(seconds=loaded))
        if name == "Postgres":
            with self.cluster.database("peer") as url:
                self.run_peer("gunzip | psql", 'gunzip -c "$1" | "$2" -Xqv ON_ERROR_STOP=1 "$3" >/dev/null',
                              file, f"{self.cluster.programs}/psql", url)
        else:
            self.run_peer("gunzip", 'gunzip -c "$1" >"$2"', file, f"{self.folder}/restored.db")

    @contextlib.contextmanager
    def backups_in_a_loop(self, name):
        """As the unit runs them: nice, and idle on the processors and the disk."""
        ended, begun = threading.Event(), []

        def loop():
            command = ["chrt", "--idle", "0", "nice", "-n", "10", "ionice", "-c", "3", self.ops, "backup", "--type", name.lower(), "--database", self.databases[name], "--json"]
            while not ended.is_set():
                begun.append(command)
                measuring.run(command, self.environment())

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield begun
        finally:
            ended.set()
            thread.join()

    def backfill(self, key, name, exchange):
        """A year of candles more, which are forgotten again."""
        exchange.reset()
        database = ["--database", self.databases[name]]
        environment = {"STATE_DIR": f"{self.folder}/state", "BITFINEX_REST_URL": exchange.url, "BITFINEX_REQUESTS_PER_MINUTE": "0"}
        run = measuring.run([self.ingest, "backfill", *YEAR, *database], environment)
        rows = json.loads(run.output)["rows_written"]
        measuring.run([self.ingest, "forget", "--series", "BTCUSD-1m", "--yes", *database], environment)
        if name == "Postgres":
            self.cluster.sql("VACUUM candle", self.databases[name].rsplit("/", 1)[1])
        return self.note(key, run), rows


def seconds_between(marks, first, second):
    times = [next(at for at, line in marks if line.startswith(start)) for start in (first, second)]
    return times[1] - times[0]


def measure(bench):
    for _ in range(ROUNDS):
        bench.back_up("Postgres")
        bench.dump_by_peer()
        bench.back_up("SQLite")
        bench.copy_by_peer()
    for name in bench.databases:
        for _ in range(ROUNDS):
            bench.verify(name)
        bench.verify_deeply(name)
    for _ in range(ROUNDS):
        for name in bench.databases:
            bench.restore(name)


def measure_ingestion(bench, exchange):
    """Rows of the year, and how many backups were begun meanwhile in the last round, for each database."""
    counts = {}
    for name in bench.databases:
        bench.backfill("warm-up", name, exchange)
        for _ in range(ROUNDS):
            _, rows = bench.backfill(f"ingest backfill alone, {name}", name, exchange)
            with bench.backups_in_a_loop(name) as begun:
                bench.backfill(f"… while backups are made, {name}", name, exchange)
                counts[name] = rows, len(begun)
    del bench.runs["warm-up"]
    return counts


def report(bench):
    seconds = {key: measuring.median([run.seconds for run in runs]) for key, runs in bench.runs.items()}
    peaks = {key: max(run.megabytes for run in runs) for key, runs in bench.runs.items()}
    rows = [("", "seconds", "runs", "peak MB", "size MB")]
    for key, runs in bench.runs.items():
        size = f"{bench.sizes[key] / 1e6:.1f}" if key in bench.sizes else ""
        rows.append((key, f"{seconds[key]:.2f}", " ".join(f"{run.seconds:.2f}" for run in runs), f"{peaks[key]:.0f}", size))
    measuring.table(f"{stored_candles.COUNT:,} candles; medians of {ROUNDS}", rows)

    bars = measuring.Bars()

    def ratio(title, most, ours, peer):
        bars.at_most(title, most, seconds[ours] / seconds[peer], " x")

    ratio("Postgres, against pg_dump | gzip -6", 0.5, "ops backup, Postgres", "pg_dump | gzip -6")
    size = bench.sizes["ops backup, Postgres"] / bench.sizes["pg_dump | gzip -6"]
    bars.at_most("Postgres, its size", 1.05, size, " x")
    ratio("SQLite, against sqlite3 .backup, gzip -6", 0.8, "ops backup, SQLite", "sqlite3 .backup, gzip -6")
    for name in bench.databases:
        ratio(f"ops verify, {name}, against gzip -t", 1, f"ops verify, {name}", f"gzip -t, {name}")
    ratio("Postgres, loading against gunzip | psql", 1.1, "… its loading, Postgres", "gunzip | psql")
    bars.at_most("peak memory of ops", 40, max(peak for key, peak in peaks.items() if key.startswith("ops")), " MB")
    for name in bench.databases:
        with_backups, alone = seconds[f"… while backups are made, {name}"], seconds[f"ingest backfill alone, {name}"]
        bars.at_most(f"ingestion, {name}, loses of its rate", 20, max(0, 1 - alone / with_backups) * 100, " %")
    bars.print()


@contextlib.contextmanager
def exchange_of(binaries, recording, folder):
    source = ["--generate", "BTCUSD", "--from", "2017-01-01", "--to", "2018-01-01", "--seed", "7", "--quiet", "0.05"]
    if recording != "-":
        served = f"{folder}/served"
        os.mkdir(served)
        os.symlink(recording, f"{served}/{os.path.basename(recording)}")
        source = ["--data", served]
    with programs.replay(f"{binaries}/bitfinex-replay", *source) as exchange:
        yield exchange


def main(binaries, recording):
    measuring.machine()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, programs.cluster() as cluster:
        print(f"postgres: {cluster.settings()}")
        with cluster.database("candles") as url, exchange_of(binaries, recording, folder) as exchange:
            bench = Bench(binaries, folder, cluster, url)
            bench.fill()
            measure(bench)
            counts = measure_ingestion(bench, exchange)
            report(bench)
            for name, (rows, begun) in counts.items():
                print(f"\ningest backfill into {name}: {rows:,} rows; {begun} backups were begun meanwhile in the last round")


if __name__ == "__main__":
    main(*sys.argv[1:])
