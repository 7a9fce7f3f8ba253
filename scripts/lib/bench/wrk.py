"""Calls wrk, and reads what it saw."""

import re
import subprocess
import sys

UNITS = {"us": 0.001, "ms": 1, "s": 1000}


def run(address, path, connections, seconds, headers=None, script=None):
    """Requests a second, and the 99th percentile in ms; anything but success ends the bench."""
    rate, p99, failed = measure(f"http://{address[0]}:{address[1]}{path}", connections, seconds, headers, script, threads=2)
    if failed:
        sys.exit(f"error: not every request to {path} was answered well")
    return rate, p99


def measure(url, connections, seconds, headers=None, script=None, threads=1):
    """As `run`, and whether anything but success was answered."""
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    if script:
        command += ["-s", script]
    text = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", text).groups()
    return rate, float(number) * UNITS[unit], "Non-2xx" in text or "Socket errors" in text
