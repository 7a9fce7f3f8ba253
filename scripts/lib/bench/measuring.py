"""Runs programs with a watch, and prints what was seen."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import namedtuple

Run = namedtuple("Run", "seconds megabytes output")


def run(arguments, environment=None):
    """Runs a program to its end: wall seconds from start to exit, peak resident memory, stdout. A failure ends the bench."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(arguments, stdout=output, stderr=errors, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"error: {os.path.basename(arguments[0])} ended with {child.returncode}: {text(errors)[-2000:]}")
        return Run(seconds, usage.ru_maxrss / 1024, text(output))


def run_with_marks(arguments, environment=None):
    """As `run`, with every line of stderr and the second in which it came; stdout is thrown away."""
    started = time.perf_counter()
    child = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
    with child.stderr:
        marks = [(time.perf_counter() - started, line.rstrip()) for line in child.stderr]
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"error: {os.path.basename(arguments[0])} ended with {child.returncode}: {marks[-5:]}")
    return Run(seconds, usage.ru_maxrss / 1024, ""), marks


def text(file):
    file.seek(0)
    return file.read().decode(errors="replace")


def median(values):
    return statistics.median(values)


def table(title, rows):
    """Prints rows of equal length under a title, the columns as wide as their widest cell."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    print(f"\n{title}")
    for row in rows:
        print("  " + "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())
    sys.stdout.flush()


class Bars:
    """What was promised, and what was seen."""

    def __init__(self):
        self.rows = [("bar", "promised", "seen", "")]

    def at_least(self, name, promised, seen, unit=""):
        self._add(name, f">= {promised:g}{unit}", f"{seen:.2f}{unit}", seen >= promised)

    def at_most(self, name, promised, seen, unit=""):
        self._add(name, f"<= {promised:g}{unit}", f"{seen:.2f}{unit}", seen <= promised)

    def skipped(self, name, reason):
        self.rows.append((name, "", "skipped", reason))

    def _add(self, name, promised, seen, holds):
        self.rows.append((name, promised, seen, "met" if holds else "MISSED"))

    def print(self):
        table("bars", self.rows)


def machine():
    """What the figures depend on."""
    with open("/proc/cpuinfo") as lines:
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), os.uname().machine)
    load = os.getloadavg()[0]
    print(f"machine: {os.cpu_count()} cores, {os.uname().machine}, {model}; load average {load:.2f} at the start")
    if load > 0.7:
        print("warning: something else is running here, and the figures will be worse for it")
