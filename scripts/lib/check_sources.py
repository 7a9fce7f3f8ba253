#!/usr/bin/env python3
"""Checks what no compiler does: sizes, forbidden words, and that every fault code has its heading in the runbook.

Prints each finding as file:line: what is wrong. Exits 1 if there is any.
"""

import re
import sys
from pathlib import Path

import swift_text

SOURCE_LINES = 400
TEST_LINES = 500
FUNCTION_LINES = 60
README_LINES = 80
LEAF_LINES = {"Candles": 900, "Resilience": 900}

UNSAFE_TARGETS = ("Sources/Postgres/", "Sources/Gzip/", "Sources/Host/")
UNSAFE_FILES = (
    "Sources/Storage/SQLite/SQLiteRowWriter.swift",
    "Sources/Storage/SQLite/Reading/FileMark.swift",
    "Sources/Ingest/Bitfinex/CandlePageParser.swift",
    "Sources/Ingest/Jobs/OutputTarget.swift",
    "Sources/Backup/Archive/Span+Bytes.swift",
    "Sources/Backup/Archive/LineHash.swift",
    "Sources/Transport/FilePieces.swift",
    "Sources/Backup/Sources/SQLiteTableSums.swift",
    "Sources/Ops/Logs/FileDescriptor+Bytes.swift",
    "Sources/Ops/Watchdog/ExtendedPattern.swift",
    "Sources/HTTPServer/OpenFileLimit.swift",
)

# (pattern, where it is looked for, what to do instead); in code only, so that comments may name what they forbid.
FORBIDDEN = (
    (r"\bTask(<[^>]*>)?\s*(\([^)]*\)\s*)?\{", ("Sources/", "Tests/"), "an unstructured task; use a task group or a Service"),
    (r"\bTask\.(detached|immediate)\b", ("Sources/", "Tests/"), "an unstructured task; use a task group or a Service"),
    (r"@unchecked\s+Sendable\b", ("Sources/", "Tests/"), "unchecked Sendable; use NIOLockedValueBox or an actor"),
    (r"\.inherit\b", ("Sources/Backup/", "Sources/Commands/", "Sources/Ops/"), "a program that would get our secrets; use Environment.withoutSecrets"),
    (r"\btry!", ("Sources/", "Tests/"), "try!; throw, or handle the error"),
    (r"\bimport\s+Synchronization\b", ("Sources/", "Tests/"), "Synchronization; use NIOLockedValueBox, which the thread sanitizer sees"),
    (r"\bswitch [\w?]*fault\??\.code\b|\bfault\??\.code(\s*[!=]=|\.hasPrefix)|\.contains\([\w?]*fault\??\.code\)", ("Sources/",),
        "a decision by a code's text; decide by the fault's kind, origin or type"),
    (r"\bTask(<[^>]*>)?\.sleep\b", ("Tests/",), "sleeping in a test; await an event or move the clock"),
)
# These do not follow links; the one place that may ask so looks at a file of /proc.
BLIND = re.compile(r"\bcontentsOfDirectory\(\s*at:|\battributesOfItem\(")
BLIND_FILES = ("Sources/Host/Processes/ProcessOwner.swift",)
SPAWN = re.compile(r"\bSubprocess\.run\(|\brun\(\s*\.(path|name)\(")
OPEN_WORK = re.compile(r"\b(TODO|FIXME|XXX)\b")
RUNBOOK_HEADING = re.compile(r"^#{2,6} .*$", re.MULTILINE)
HEADING_CODE = re.compile(r"`([a-z0-9]+(?:-[a-z0-9]+)*)`")


def main():
    files = [SwiftFile(path) for path in sorted(swift_paths())]
    findings = [finding for file in files for finding in file.findings()]
    findings += leaf_findings(files) + runbook_findings(files) + readme_findings()
    findings += script_findings()
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def swift_paths():
    yield Path("Package.swift")
    for top in ("Sources", "Tests"):
        yield from Path(top).rglob("*.swift")


class SwiftFile:
    def __init__(self, path):
        self.path = str(path)
        self.text = path.read_text(encoding="utf-8")
        self.code = swift_text.code_only(self.text)
        self.lines = self.text.count("\n")

    def findings(self):
        limit = TEST_LINES if self.path.startswith("Tests/") else SOURCE_LINES
        if self.lines > limit:
            yield f"{self.path}:{limit + 1}: {self.lines} lines, at most {limit}: two ideas live here, name the second one"
        for first, count in swift_text.functions(self.code):
            if count > FUNCTION_LINES:
                yield f"{self.path}:{first}: a function of {count} lines, at most {FUNCTION_LINES}"
        yield from self.forbidden()
        yield from self.spawning()

    def forbidden(self):
        for pattern, folders, instead in FORBIDDEN:
            if self.path.startswith(folders):
                yield from self.matches(pattern, instead)
        if self.path.startswith("Sources/") and self.path not in BLIND_FILES:
            yield from self.matches(BLIND.pattern, "Foundation does not follow links there; use contentsOfDirectory(atPath:) and FilePath.stat")
        if self.path.startswith("Sources/") and not self.path.startswith(UNSAFE_TARGETS) and self.path not in UNSAFE_FILES:
            yield from self.matches(r"\bunsafe\b", "unsafe code; it belongs in " + ", ".join(UNSAFE_TARGETS))
        for match in OPEN_WORK.finditer(self.text):
            yield f"{self.path}:{swift_text.line_of(self.text, match.start())}: {match.group()}; do it, or file an issue"

    def spawning(self):
        """Each start of another program says which environment it gets: all of ours, with its secrets, is what it would get else."""
        if self.path.startswith("Sources/") and re.search(r"\bimport Subprocess\b", self.code):
            for match in SPAWN.finditer(self.code):
                if "environment:" not in self.code[match.start() : match.start() + 400]:
                    yield f"{self.path}:{swift_text.line_of(self.code, match.start())}: a program that would get our secrets; give it environment: .withoutSecrets()"

    def matches(self, pattern, instead):
        for match in re.finditer(pattern, self.code):
            yield f"{self.path}:{swift_text.line_of(self.code, match.start())}: {instead}"


def leaf_findings(files):
    findings = []
    for target, limit in LEAF_LINES.items():
        count = sum(file.lines for file in files if file.path.startswith(f"Sources/{target}/"))
        if count > limit:
            findings.append(f"Sources/{target}:1: {count} lines in this leaf, at most {limit}")
    return findings


def runbook_findings(files):
    """Both ways: a code without a heading, and a heading of a code that no longer exists."""
    runbook = Path("docs/RUNBOOK.md")
    text = runbook.read_text(encoding="utf-8") if runbook.exists() else ""
    headings = {
        code: swift_text.line_of(text, heading.start())
        for heading in RUNBOOK_HEADING.finditer(text)
        for code in HEADING_CODE.findall(heading.group())
    }
    codes = {}
    for file in files:
        if file.path.startswith("Sources/"):
            for code, line in swift_text.fault_codes(file.text, file.code):
                codes.setdefault(code, f"{file.path}:{line}")
    missing = [f"{where}: '{code}' has no heading in {runbook}" for code, where in codes.items() if code not in headings]
    stale = [f"{runbook}:{line}: no fault has the code '{code}'" for code, line in headings.items() if code not in codes]
    return missing + stale


def readme_findings():
    readme = Path("README.md")
    if not readme.exists():
        return ["README.md:1: there is no README"]
    count = readme.read_text(encoding="utf-8").count("\n")
    return [f"README.md:{README_LINES + 1}: {count} lines, at most {README_LINES}"] if count > README_LINES else []


def script_findings():
    paths = [path for path in Path("scripts").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    for path in sorted(paths):
        text = path.read_text(encoding="utf-8")
        count = text.count("\n")
        if count > SOURCE_LINES:
            yield f"{path}:{SOURCE_LINES + 1}: {count} lines, at most {SOURCE_LINES}"


if __name__ == "__main__":
    sys.exit(main())
