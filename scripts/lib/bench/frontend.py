#!/usr/bin/env python3
"""The dashboard's server: assets and a document beside nginx, candles from ten million rows, two hundred live streams.

usage: frontend.py BINARIES WEB_ASSETS
"""

import contextlib
import http.client
import json
import os
import random
import selectors
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import measuring
import nginx
import programs
import status
import wrk

CONNECTIONS, SECONDS, ROUNDS = 64, 5, 3
STREAMS, COMMITS = 200, 40
CANDLES = "/api/v1/candles?symbol=TAXUSD&timeframe=1m"
GZIP = {"Accept-Encoding": "gzip"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def frontend(binaries, folder, database, web_assets):
    """Starts the server; gives its address, and its process."""
    port = free_port()
    environment = {
        **os.environ, "STATE_DIR": f"{folder}/state", "DATABASE_URL": database, "WEB_ASSETS_DIR": web_assets, "FRONTEND_PORT": str(port)}
    server = subprocess.Popen(
        [f"{binaries}/frontend", "serve"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=folder)
    try:
        def is_ready():
            with contextlib.suppress(OSError):
                answer = get(("127.0.0.1", port), "/api/v1/summary")
                return json.loads(answer.body)["data"]["database"]["state"] == "ok"

        programs.wait_until("frontend serve", server, is_ready)
        yield ("127.0.0.1", port), server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.getheaders(), response.read()


def get(address, path, headers=None, connection=None):
    own = connection or http.client.HTTPConnection(*address, timeout=30)
    own.request("GET", path, headers=headers or {})
    answer = Answer(own.getresponse())
    if connection is None:
        own.close()
    return answer


def peak_megabytes(server):
    with open(f"/proc/{server.pid}/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def beside_nginx(address, folder, paths, bars):
    """Requests a second of the same bytes with the same headers, in turns; the median of each."""
    rows = [("path", "bytes", "requests/s", "p99 ms", "nginx", "nginx p99", "share")]
    for path in paths:
        answer = get(address, path, GZIP)
        if answer.status != 200:
            sys.exit(f"error: {path} was answered with {answer.status}")
        ours, theirs = [], []
        with nginx.serving(folder, answer) as peer:
            for _ in range(ROUNDS):
                ours.append(wrk.run(address, path, CONNECTIONS, SECONDS, GZIP))
                theirs.append(wrk.run(peer, "/file", CONNECTIONS, SECONDS, GZIP))
        rate, p99 = (measuring.median([one[column] for one in ours]) for column in (0, 1))
        peer_rate, peer_p99 = (measuring.median([one[column] for one in theirs]) for column in (0, 1))
        share = rate / peer_rate
        rows.append(
            (path, len(answer.body), f"{rate:.0f}", f"{p99:.2f}", f"{peer_rate:.0f}", f"{peer_p99:.2f}", f"{share:.0%}"))
        bars.at_least(f"{path}, of nginx's requests/s", 30, share * 100, " %")
        bars.at_most(f"{path}, p99", 10, p99, " ms")
    measuring.table(f"wrk, {CONNECTIONS} connections, {SECONDS} s, median of {ROUNDS}; nginx with the same bytes and headers", rows)


def candles(name, address, bars):
    """Pages of 1,500 bars: from the cache, and each for the first time."""
    rows = [(f"candles, {name}", "requests/s", "p99 ms", "")]
    for title, headers in (("cached, gzip", GZIP), ("cached, raw", {})):
        rate, p99 = wrk.run(address, CANDLES, CONNECTIONS, SECONDS, headers)
        rows.append((title, f"{rate:.0f}", f"{p99:.2f}", ""))
        if headers:
            bars.at_least(f"candles from the cache, {name}, requests/s", 2000, rate)
    connection, times, generator = http.client.HTTPConnection(*address, timeout=30), [], random.Random(5176)
    for number in range(330):
        symbol = "T" + "ABCDEFGHIJKLMNOPQRST"[number % status.SERIES] + "XUSD"
        before = status.FIRST + generator.randrange(2000, status.CANDLES) * status.MINUTE
        path = f"/api/v1/candles?symbol={symbol}&timeframe=1m&before={before}&limit=1500"
        started = time.perf_counter()
        answer = get(address, path, GZIP, connection)
        times.append((time.perf_counter() - started) * 1000)
        if answer.status != 200:
            sys.exit(f"error: {path} was answered with {answer.status}")
    times = sorted(times[30:])
    rows.append(("cold, one after another", f"median {measuring.median(times):.2f} ms", f"{times[int(len(times) * 0.99)]:.2f}", ""))
    bars.at_most(f"a page never asked for, {name}, median", 10, measuring.median(times), " ms")
    bars.at_most(f"a page never asked for, {name}, p99", 10, times[int(len(times) * 0.99)], " ms")
    measuring.table(f"1,500 bars out of {status.SERIES * status.CANDLES:,} rows", rows)


class Streams:
    """Live streams of one server, read by one process; `arrivals` has the moments in which each event came to each."""

    def __init__(self, address, count):
        self.selector, self.pending, self.arrivals = selectors.DefaultSelector(), {}, {}
        self.sockets = []
        for _ in range(count):
            client = socket.create_connection(address)
            client.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n".encode())
            client.setblocking(False)
            self.selector.register(client, selectors.EVENT_READ)
            self.pending[client] = b""
            self.sockets.append(client)

    def read(self, seconds):
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            for key, _ in self.selector.select(left):
                self._take(key.fileobj)

    def _take(self, client):
        data, now = client.recv(1 << 16), time.perf_counter()
        if not data:
            sys.exit("error: a stream ended")
        lines = (self.pending[client] + data).split(b"\n")
        self.pending[client] = lines.pop()
        for line in lines:
            if line.startswith(b"id:"):
                self.arrivals.setdefault(line[3:].strip(), []).append(now)

    def close(self):
        for client in self.sockets:
            client.close()


def streams(address, server, path, bars):
    """Each commit of another process, until all streams have its event."""
    clients = Streams(address, STREAMS)
    clients.read(2)
    database = sqlite3.connect(path, isolation_level=None, timeout=30)
    series = database.execute("SELECT id FROM series WHERE symbol = 'TAXUSD'").fetchone()[0]
    newest = status.FIRST + status.SPAN
    whole, spreads = [], []
    for number in range(COMMITS):
        clients.arrivals.clear()
        database.execute(
            "INSERT OR REPLACE INTO candle VALUES (?, ?, 100, 200, 50, ?, ?, 0)", (series, newest, 100 + number, number + 1.5))
        committed = time.perf_counter()
        clients.read(0.6)
        complete = [moments for moments in clients.arrivals.values() if len(moments) == STREAMS]
        if not complete:
            sys.exit(f"error: commit {number} did not reach all streams: {[len(m) for m in clients.arrivals.values()]}")
        whole.append((max(complete[0]) - committed) * 1000)
        spreads.append((max(complete[0]) - min(complete[0])) * 1000)
    megabytes = peak_megabytes(server)
    clients.close()
    database.close()
    measuring.table(f"{STREAMS} live streams, {COMMITS} commits", [
        ("", "median ms", "slowest"),
        ("from commit to the last stream", f"{measuring.median(whole):.1f}", f"{max(whole):.1f}"),
        ("from the first stream to the last", f"{measuring.median(spreads):.1f}", f"{max(spreads):.1f}")])
    bars.at_most("an event to all streams, slowest", 200, max(spreads), " ms")
    bars.at_most("the server's peak memory", 150, megabytes, " MB")


def main(binaries, web_assets):
    measuring.machine()
    ingest, bars = f"{binaries}/ingest", measuring.Bars()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, programs.cluster() as cluster:
        path = f"{folder}/frontend.db"
        measuring.run([ingest, "migrate", "--database", f"sqlite:{path}"], {"STATE_DIR": folder})
        status.fill_sqlite(path)
        with frontend(binaries, folder, f"sqlite:{path}", web_assets) as (address, server):
            paths = ["/", "/app.css", "/api/v1/summary"]
            if os.path.isdir(web_assets) and os.listdir(web_assets):
                paths.insert(1, "/assets/lightweight-charts-5.2.1.js")
            beside_nginx(address, folder, paths, bars)
            candles("SQLite", address, bars)
            streams(address, server, path, bars)
        with cluster.database("frontend") as url:
            measuring.run([ingest, "migrate", "--database", url], {"STATE_DIR": folder})
            status.fill_postgres(cluster, url)
            with frontend(binaries, folder, url, web_assets) as (address, _):
                candles("Postgres", address, bars)
    bars.print()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
