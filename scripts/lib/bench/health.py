#!/usr/bin/env python3
"""The health endpoints while candles are being stored: requests a second, and the latency that 99 of 100 keep within.

usage: health.py BINARIES
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading

import measuring
import programs
import wrk

SECONDS, RATE, CONNECTIONS = 10, 5000, 80
# Each connection waits as if a person's program had asked: wrk alone would take the whole machine, and measure that.
PACE = "function delay() return math.random(0, 28) end\n"
PAGES = ("/health/ping", "/health/detailed", "/metrics")
SOURCE = ("--generate", "BTCUSD", "--from", "2017-01-01", "--to", "2018-01-01", "--seed", "7", "--quiet", "0.05")
BACKFILL = ("backfill", "--symbol", "BTCUSD", "--timeframe", "1m", "--start", "2017-01-01", "--end", "2018-01-01")


class Ingesting:
    """Backfills one after another, each into a new database, until it is told to stop."""

    def __init__(self, ingest, folder, exchange):
        self.ingest, self.folder, self.exchange = ingest, folder, exchange
        self.rounds, self.child, self.failed = 0, None, False
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        if self.child is not None:
            self.child.send_signal(signal.SIGTERM)
        self.thread.join()

    def _run(self):
        while not self.stopping.is_set():
            environment = {
                **os.environ, "STATE_DIR": f"{self.folder}/state", "BITFINEX_REST_URL": self.exchange.url,
                "BITFINEX_REQUESTS_PER_MINUTE": "0", "DATABASE_URL": f"sqlite:{self.folder}/ingest-{self.rounds}.db",
            }
            self.child = subprocess.Popen(
                [self.ingest, *BACKFILL], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
            if self.child.wait() == 0:
                self.rounds += 1
            elif not self.stopping.is_set():
                self.failed = True
                return


def serve(ops, folder, output):
    environment = {
        **os.environ, "STATE_DIR": f"{folder}/state", "DATABASE_URL": f"sqlite:{folder}/served.db", "HEALTH_CHECK_PORT": "0"}
    return subprocess.Popen(
        [ops, "health", "--serve"], stdout=output, stderr=subprocess.DEVNULL, env=environment)


def main(binaries):
    measuring.machine()
    ingest, ops, bars = f"{binaries}/ingest", f"{binaries}/ops", measuring.Bars()
    rows = [("page", "requests/s", "p99 ms", "errors")]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, tempfile.TemporaryFile("w+") as output, \
            programs.replay(f"{binaries}/bitfinex-replay", *SOURCE) as exchange:
        measuring.run([ingest, "migrate", "--database", f"sqlite:{folder}/served.db"], {"STATE_DIR": f"{folder}/state"})
        pace = f"{folder}/pace.lua"
        with open(pace, "w", encoding="utf-8") as script:
            script.write(PACE)
        server = serve(ops, folder, output)
        try:
            def address():
                output.seek(0)
                return re.search(r"^listening on (http://\S+)", output.read(), re.MULTILINE)

            programs.wait_until("ops health --serve", server, address)
            with Ingesting(ingest, folder, exchange) as ingesting:
                for page in PAGES:
                    rate, p99, failed = wrk.measure(address().group(1) + page, CONNECTIONS, SECONDS, script=pace)
                    rows.append((page, f"{rate:.0f}", f"{p99:.2f}", "some" if failed else "none"))
                    bars.at_least(f"{page}, requests a second", RATE, rate)
                    bars.at_most(f"{page}, p99", 10, p99, " ms")
        finally:
            server.send_signal(signal.SIGTERM)
            _, _, usage = os.wait4(server.pid, 0)
            server.returncode = 0
    measuring.table(f"ops health --serve, {CONNECTIONS} paced connections for {SECONDS} s a page, while backfills run", rows)
    if ingesting.failed:
        sys.exit("error: a backfill failed, so that nothing was ingested meanwhile")
    print(f"\nbackfills of a year of 1m meanwhile: {ingesting.rounds}; the server's peak memory: {usage.ru_maxrss / 1024:.0f} MB")
    bars.print()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
