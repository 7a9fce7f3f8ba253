#!/usr/bin/env python3
"""What keeping up costs: `ingest realtime` as a whole process, and `ingest stream` of two hundred series.

usage: realtime.py BINARIES
"""

import os
import signal
import subprocess
import sys
import tempfile
import time

import measuring
import programs

RUNS, SERIES, SECONDS = 20, 200, 30


def names(count):
    return ",".join(f"S{number:03d}:USD" for number in range(count))


def realtime(ingest, database, environment):
    """Milliseconds of each run, after a backfill of a day and a first run."""
    series = ["--series", "S000:USD-1m", "--database", database]
    measuring.run([ingest, "backfill", *series, "--lookback-days", "1"], environment)
    runs = [measuring.run([ingest, "realtime", *series], environment) for _ in range(RUNS + 1)][1:]
    return [run.seconds * 1000 for run in runs]


def stream(ingest, database, environment):
    """Peak memory in MB, and the share of one core, of a stream that runs for a while."""
    command = [ingest, "stream", "--symbols", names(SERIES), "--timeframe", "1m", "--database", database]
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stderr=errors, env={**os.environ, **environment})
        time.sleep(SECONDS)
        child.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"error: the stream ended with {child.returncode}: {measuring.text(errors)[-2000:]}")
    return usage.ru_maxrss / 1024, (usage.ru_utime + usage.ru_stime) / SECONDS


def main(binaries):
    measuring.machine()
    ingest, bars = f"{binaries}/ingest", measuring.Bars()
    rows = [("ingest realtime", "median ms", "fastest", "slowest")]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, programs.cluster() as cluster, \
            programs.replay(f"{binaries}/bitfinex-replay", "--generate", names(SERIES), "--quiet", "0.1") as exchange:
        environment = {
            "STATE_DIR": folder, "BITFINEX_REST_URL": exchange.url, "BITFINEX_REQUESTS_PER_MINUTE": "0",
            "BITFINEX_WS_URL": exchange.url.replace("http:", "ws:") + "/ws/2", "CT_LOOKBACK_DAYS": "1",
        }
        with cluster.database("realtime") as url:
            for name, database in (("SQLite", f"sqlite:{folder}/realtime.db"), ("Postgres", url)):
                milliseconds = realtime(ingest, database, environment)
                rows.append((name, *(f"{f(milliseconds):.1f}" for f in (measuring.median, min, max))))
                bars.at_most(f"ingest realtime, {name}", 300, measuring.median(milliseconds), " ms")
        megabytes, share = stream(ingest, f"sqlite:{folder}/stream.db", environment)
        bars.at_most(f"ingest stream of {SERIES} series, peak memory", 120, megabytes, " MB")
    measuring.table(f"ingest realtime, {RUNS} runs after one that is not counted", rows)
    print(f"\ningest stream of {SERIES} series for {SECONDS} s: {megabytes:.0f} MB, {share * 100:.0f} % of a core")
    bars.print()


if __name__ == "__main__":
    main(*sys.argv[1:])
