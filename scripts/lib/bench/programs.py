"""The servers that a measurement needs: a throwaway Postgres cluster and a bitfinex-replay."""

import contextlib
import glob
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request


def postgres_folder():
    """The folder of the server's programs: the newest of a Debian installation, else the one on PATH."""
    versions = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    versions.sort(key=lambda path: int(path.split("/")[4]))
    found = versions[-1] if versions else shutil.which("initdb")
    if not found:
        sys.exit("error: there is no Postgres server here; apt-get install postgresql")
    return os.path.dirname(os.path.realpath(found))


class Cluster:
    """One cluster with the server's own defaults: fsync, synchronous commit and full page writes are on."""

    port = 54329

    def __init__(self, folder, programs):
        self.folder, self.programs = folder, programs

    def url(self, database):
        return f"postgres://postgres@{self.folder.replace('/', '%2F')}:{self.port}/{database}"

    def sql(self, statement, database="postgres"):
        psql = [f"{self.programs}/psql", "-XqtA", "-v", "ON_ERROR_STOP=1", self.url(database)]
        done = subprocess.run(psql, input=statement, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"error: psql: {done.stderr.strip()}")
        return done.stdout.strip()

    @contextlib.contextmanager
    def database(self, name):
        """An empty database; what was written before is on disk, so that nobody pays for another's checkpoint."""
        self.sql(f'CREATE DATABASE "{name}"')
        self.sql("CHECKPOINT")
        try:
            yield self.url(name)
        finally:
            self.sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def settings(self):
        names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")
        return ", ".join(f"{name} {self.sql(f'SHOW {name}')}" for name in names)


@contextlib.contextmanager
def cluster():
    """Starts a cluster in a temporary folder; as root it belongs to the user postgres, since the server refuses root."""
    programs, identity = postgres_folder(), {}
    with tempfile.TemporaryDirectory(prefix="bench-postgres-") as folder:
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = f"{folder}/data"
        initdb = [f"{programs}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **identity)
        command = [f"{programs}/postgres", "-D", data, "-k", folder, "-p", str(Cluster.port), "-c", "listen_addresses="]
        with open(f"{folder}/log", "wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **identity)
        try:
            ready = [f"{programs}/pg_isready", "-q", "-h", folder, "-p", str(Cluster.port)]
            wait_until("Postgres", server, lambda: subprocess.run(ready).returncode == 0)
            yield Cluster(folder, programs)
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown
            server.wait()


class Replay:
    def __init__(self, url):
        self.url = url

    def reset(self):
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/__reset", method="POST")).read()

    def requests(self):
        return json.load(urllib.request.urlopen(f"{self.url}/__stats"))["requests"]


@contextlib.contextmanager
def replay(binary, *arguments):
    """Starts bitfinex-replay on a free port of loopback."""
    with tempfile.TemporaryFile("w+") as output:
        server = subprocess.Popen([binary, "serve", "--port", "0", *arguments], stdout=output, stderr=subprocess.STDOUT)
        try:
            def address():
                output.seek(0)
                return re.search(r"^listening on (http://\S+)", output.read(), re.MULTILINE)

            wait_until("bitfinex-replay", server, address)
            yield Replay(address().group(1))
        finally:
            server.terminate()
            server.wait()


def wait_until(name, server, is_ready):
    deadline = time.monotonic() + 120
    while not is_ready():
        if server.poll() is not None:
            sys.exit(f"error: {name} ended with {server.returncode} before it was ready")
        if time.monotonic() > deadline:
            sys.exit(f"error: {name} was not ready within 120 s")
        time.sleep(0.05)
