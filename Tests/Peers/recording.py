"""Recorded rows for the peers' checks: files named SYMBOL_TIMEFRAME_YEAR.jsonl.gz, one printed row a line."""

import gzip
import json
import pathlib
import sys


def arguments():
    """The replay's address, the file's symbol, timeframe and rows."""
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} URL FILE")
    path = pathlib.Path(sys.argv[2])
    *symbol, timeframe, _ = path.name.split(".")[0].split("_")
    opened = gzip.open(path, "rt") if path.suffix == ".gz" else open(path)
    with opened as lines:
        rows = [json.loads(line) for line in lines]
    return sys.argv[1].rstrip("/"), ":".join(symbol), timeframe, rows


CLOSED_WANTED = 30


def is_enough(seen, first):
    """Whether enough candles closed after `first`, the newest of the snapshot; `seen` has the last state of each by its time."""
    return sum(time > first for time in seen) > CLOSED_WANTED + 1


def finish_played(peer, seen, recorded):
    """Compares what a client saw of a recording that was played.

    The newest candle was still forming, and the last state of the one before comes after the newest one's first.
    """
    closed = sorted(seen.values())[:-2]
    first, last = closed[0][0], closed[-1][0]
    finish(peer, closed, [row for row in recorded if first <= row[0] <= last])


def finish(peer, read, recorded):
    """Says in one line whether both are the same, and exits with 0 or 1."""
    if read == recorded:
        print(f"{peer}: {len(read)} rows, all as recorded")
        sys.exit(0)
    first = next((i for i, (a, b) in enumerate(zip(read, recorded)) if a != b), min(len(read), len(recorded)))
    print(f"{peer}: {len(read)} rows read, {len(recorded)} recorded, different from row {first} on: "
          f"{read[first:first + 1]} instead of {recorded[first:first + 1]}")
    sys.exit(1)
