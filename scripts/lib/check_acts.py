#!/usr/bin/env python3
"""Compares every place that destroys, replaces, ends or starts something with the table in docs/ACTS.md, both ways.

A place is a file and an act. Each has a row that says what it acts on, which proof it makes first, and which test shows that; the test
must exist. Prints each finding as file:line: what is wrong. Exits 1 if there is any.
"""

import re
import sys
from pathlib import Path

import swift_text

TABLE = Path("docs/ACTS.md")

# Acts as they are spelled in Swift, by the name that the table gives them. Each is looked for outside comments; those in SQL stand in strings.
SWIFT_ACTS = {
    "remove a file": r"\bremoveItem\(|\bunlink(at)?\(|\brmdir\(",
    "rename a file": r"\bmoveItem\(|\breplaceItem(At)?\(|\bunsafe (Glibc\.)?rename(at2?)?\(|\bDurableFile\.(rename|replace)\(",
    "empty a file": r"\.truncate\(|\bftruncate\(|\bO_TRUNC\b|\.truncate\b(?!\()|\bcreateFile\(|Data\([^)]*\)\.write\(to:",
    "delete rows": r"\bDELETE FROM\b",
    "drop": r"\bDROP (TABLE|VIEW|INDEX|SCHEMA|DATABASE|ROLE|FUNCTION|TRIGGER|EXTENSION)\b|\bTRUNCATE \w",
    "rename a database": r"\bALTER DATABASE [^\n]* RENAME TO\b",
    "end sessions": r"\bpg_terminate_backend\(",
    "signal a process": r"(?<![.\w])kill\(|\bpidfd_send_signal\(|\.send\(signal:",
    "start a program": r"\bSubprocess\.run\(|\bposix_spawnp?\(|\bProcess\(\)",
}
SHELL_ACTS = {
    "remove a file": r"(^|[;&|({'\"]\s*|\bxargs\b.*\s|\btrap '|\s)rm\s+-{0,2}\w*",
    "rename a file": r"(^|[;&|({]\s*|\s)mv\s+-",
    "signal a process": r"(^|[;&|({'\"]\s*|\s)p?kill\s+-",
    "change units": r"\bsystemctl\b.*\s(stop|start|restart|enable|disable|link|reset-failed|daemon-reload)\b",
    "change a repository": r"\bgit\b.*\s(add|reset|commit|push|checkout|clean|stash|rm|update-ref)\b",
}
# What nobody installs: tests, benches, and what makes the machine of a developer ready.
SHELL_LEFT_OUT = (
    "scripts/test", "scripts/test-systemd", "scripts/bench", "scripts/check", "scripts/screenshots", "scripts/lib/bench/",
    "scripts/lib/check_", "scripts/lib/test_steps.sh", "scripts/lib/debian_root.sh", "scripts/lib/systemd_container.sh",
    "scripts/lib/replay_server.sh", "scripts/lib/newer_pg_dump.sh", "scripts/lib/install_swift_with_swiftly.sh", "scripts/lib/browsers.sh",
)
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \|$")


def main():
    places = {place: where for place, where in acts()}
    findings = list(table_findings(places))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def acts():
    """Each place as ((file, act), file:line of its first occurrence)."""
    for path in sorted(Path("Sources").rglob("*.swift")):
        yield from acts_of(path, swift_text.without_comments(path.read_text(encoding="utf-8")), SWIFT_ACTS)
    for path in sorted(Path("Sources").rglob("*.sql")):
        yield from acts_of(path, re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8")), SWIFT_ACTS)
    for path in shell_paths():
        yield from acts_of(path, without_shell_comments(path.read_text(encoding="utf-8")), SHELL_ACTS)


def shell_paths():
    for top in ("scripts", "systemd"):
        for path in sorted(Path(top).rglob("*")):
            if path.is_file() and not str(path).startswith(SHELL_LEFT_OUT) and is_shell(path):
                yield path


def is_shell(path):
    if path.suffix in (".py", ".pyc", ".md", ".json", ".service", ".timer"):
        return False
    first = path.read_bytes().split(b"\n", 1)[0]
    return path.suffix == ".sh" or b"sh" in first[:40] and first.startswith((b"#!", b"# shellcheck"))


def without_shell_comments(text):
    """Comments, here-documents and words in messages are not acts."""
    text = re.sub(r"(?ms)<<-?'?(\w+)'?.*?^\1$", "", text)
    return "\n".join("" if re.match(r"\s*(#|note |say |warn |stop \d)", line) else line for line in text.split("\n"))


def acts_of(path, text, kinds):
    for act, pattern in kinds.items():
        match = re.search(pattern, text, re.MULTILINE)
        if match:
            yield (str(path), act), f"{path}:{swift_text.line_of(text, match.start())}"


def table_findings(places):
    rows = dict(table_rows())
    known_tests = test_names()
    for place, where in places.items():
        if place not in rows:
            yield f"{where}: '{place[1]}' has no row in {TABLE}: say what it acts on, the proof before, and the test that shows it"
    for place, (line, proof, shown) in rows.items():
        if place not in places:
            yield f"{TABLE}:{line}: `{place[0]}` has no act '{place[1]}'"
        if not proof.strip():
            yield f"{TABLE}:{line}: no proof is named"
        names = re.findall(r"`([^`]+)`", shown)
        if not names:
            yield f"{TABLE}:{line}: no test is named"
        for name in names:
            if name not in known_tests:
                yield f"{TABLE}:{line}: there is no test `{name}`"


def table_rows():
    text = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    for number, line in enumerate(text.split("\n"), 1):
        match = ROW.match(line)
        if match:
            file, act, _, proof, shown = match.groups()
            yield (file, act), (number, proof, shown)


def test_names():
    """Suites of Swift, and the files of tests in other languages."""
    names = set()
    for path in Path("Tests").rglob("*"):
        if path.suffix == ".swift":
            names.update(re.findall(r"\b(?:struct|enum|class|actor|extension)\s+(\w+)", path.read_text(encoding="utf-8")))
        elif path.is_file():
            names.add(str(path))
    return names


if __name__ == "__main__":
    sys.exit(main())
