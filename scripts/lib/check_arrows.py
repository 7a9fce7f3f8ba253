#!/usr/bin/env python3
"""Compares what each target may import, as Package.swift says, with the map in docs/ARCHITECTURE.md, both ways.

Reads the output of `swift package dump-package` on standard input. Prints each finding as file:line: what is wrong. Exits 1 if there is any.
"""

import json
import re
import sys
from pathlib import Path

MAP = Path("docs/ARCHITECTURE.md")
ROW = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \| .* \| ([^|]*) \|$")
# What the last row says of the commands: they may import every target.
ANYTHING = "the above"


def main():
    findings = list(arrow_findings(json.load(sys.stdin), map_rows()))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def map_rows():
    """Each target that the map shows, as name: (line, the targets that it shows as imported)."""
    rows = {}
    for number, line in enumerate(MAP.read_text(encoding="utf-8").split("\n"), 1):
        match = ROW.match(line)
        if match:
            imports = None if match[2] == ANYTHING else set(re.findall(r"\w+", match[2]))
            for name in re.findall(r"\w+", match[1]):
                rows[name] = (number, imports)
    return rows


def arrow_findings(package, rows):
    targets = [target for target in package["targets"] if target["type"] in ("regular", "executable", "system")]
    order = [target["name"] for target in targets]
    for target in targets:
        name = target["name"]
        if target["type"] == "system" or (target.get("path") or "Sources").startswith("Tests/"):
            continue
        imports = {entry["byName"][0] for entry in target["dependencies"] if "byName" in entry} & set(order)
        for other in sorted(imports):
            if order.index(other) > order.index(name):
                yield f"Package.swift:1: '{name}' imports '{other}', which stands below it"
        if name not in rows:
            yield f"{MAP}:1: the map does not show the target '{name}'"
            continue
        line, shown = rows[name]
        if shown is None:
            continue
        for other in sorted(imports - shown):
            yield f"{MAP}:{line}: the map does not show that '{name}' imports '{other}'"
        for other in sorted(shown & set(order) - imports):
            yield f"{MAP}:{line}: '{name}' does not import '{other}'"


if __name__ == "__main__":
    sys.exit(main())
