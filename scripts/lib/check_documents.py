#!/usr/bin/env python3
"""Compares the documents for users with what they describe: links, flags, exit codes, names of the code, and the limits in CONTRIBUTING.md.

Prints each finding as file:line: what is wrong. Exits 1 if there is any.
"""

import re
import sys
from pathlib import Path

import check_sources
import swift_text

COMMANDS = Path("docs/COMMANDS.md")
REPLAY = Path("docs/REPLAY.md")
EXIT_CODES = Path("docs/EXIT_CODES.md")
CONTRIBUTING = Path("CONTRIBUTING.md")
COMMAND_SOURCES = Path("Sources/Commands")
REPLAY_SOURCES = COMMAND_SOURCES / "BitfinexReplay"
# Documents that speak of the code: a type, file or folder that they name is there.
ABOUT_CODE = (Path("docs/ARCHITECTURE.md"), Path("docs/INTERNALS.md"), Path("docs/INVARIANTS.md"))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
DOCUMENT_NAME = re.compile(r"`((?:docs|scripts|systemd|config)/[\w./-]+|[A-Z]+\.md)`")
FLAG_ROW = re.compile(r"^\| (`--[^|]*) \|", re.MULTILINE)
CODE_NAME = re.compile(r"`([A-Z]\w*[a-z]\w*)(?:[.+]\w+)*`|`((?:Sources|Tests)/[\w./+-]+)`")
PROPERTY = re.compile(r"@(?:Option|Flag)\b")
EXIT_CODE = re.compile(r"^    case \w+ = (\d+)$", re.MULTILINE)
EXIT_ROW = re.compile(r"^\| (\d+) \|", re.MULTILINE)


def main():
    findings = list(link_findings()) + list(exit_code_findings()) + list(limit_findings()) + list(name_findings())
    findings += flag_findings(COMMANDS, [path for path in COMMAND_SOURCES.rglob("*.swift") if REPLAY_SOURCES not in path.parents])
    findings += flag_findings(REPLAY, REPLAY_SOURCES.rglob("*.swift"))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def documents():
    yield from sorted(path for folder in (".", "docs", "systemd") for path in Path(folder).glob("*.md"))


def link_findings():
    """A link leads to a file beside its document; a name in backquotes is a path from the top, or a document beside this one."""
    for document in documents():
        text = document.read_text(encoding="utf-8")
        for match in LINK.finditer(text):
            if "://" not in match[1] and not (document.parent / match[1]).exists():
                yield f"{document}:{swift_text.line_of(text, match.start())}: the link leads to '{match[1]}', which is not there"
        for match in DOCUMENT_NAME.finditer(text):
            if document.name != "CHANGELOG.md" and not any((top / match[1]).exists() for top in (Path("."), document.parent)):
                if not ignored(match[1]):
                    yield f"{document}:{swift_text.line_of(text, match.start())}: '{match[1]}' is not there"


def ignored(name):
    """Files that a person or a program makes later."""
    return name.startswith("config/")


def exit_code_findings():
    source = next(Path("Sources").rglob("ExitStatus.swift"), None)
    codes = set(EXIT_CODE.findall(source.read_text(encoding="utf-8"))) if source else set()
    text = EXIT_CODES.read_text(encoding="utf-8") if EXIT_CODES.exists() else ""
    rows = {match[1]: swift_text.line_of(text, match.start()) for match in EXIT_ROW.finditer(text)}
    for code in sorted(codes - set(rows), key=int):
        yield f"{EXIT_CODES}:1: the exit code {code} is missing"
    for code in sorted(set(rows) - codes, key=int):
        yield f"{EXIT_CODES}:{rows[code]}: no command ends with {code}"


def name_findings():
    swift = [path for top in ("Sources", "Tests") for path in Path(top).rglob("*.swift")]
    words = {"Package"} | {part.split(".")[0] for path in swift for part in path.parts}
    for path in swift:
        words.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    for document in ABOUT_CODE:
        text = document.read_text(encoding="utf-8") if document.exists() else ""
        for match in CODE_NAME.finditer(text):
            if match[1] not in words if match[1] else not Path(match[2]).exists():
                yield f"{document}:{swift_text.line_of(text, match.start())}: the code has no '{match[1] or match[2]}'"


def limit_findings():
    """The limits that check_sources.py enforces, in the section that names them; no others are there."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    section = text.partition("## Limits")[2].partition("\n## ")[0]
    enforced = {
        check_sources.SOURCE_LINES, check_sources.TEST_LINES, check_sources.FUNCTION_LINES, check_sources.README_LINES,
        *check_sources.LEAF_LINES.values(),
    }
    shown = {int(number) for number in re.findall(r"at most (\d+)", section)}
    for limit in sorted(enforced - shown):
        yield f"{CONTRIBUTING}:1: the limit of {limit} lines is missing"
    for limit in sorted(shown - enforced):
        yield f"{CONTRIBUTING}:1: check_sources.py has no limit of {limit} lines"


def flag_findings(document, sources):
    text = document.read_text(encoding="utf-8") if document.exists() else ""
    rows = {}
    for row in FLAG_ROW.finditer(text):
        for flag in re.findall(r"`--([a-z][a-z-]*)", row[1]):
            rows.setdefault(flag, swift_text.line_of(text, row.start()))
    mentioned = set(re.findall(r"`--([a-z][a-z-]*)", text))
    declared = {}
    for source in sorted(sources):
        for flag, line in flags(source.read_text(encoding="utf-8")):
            declared.setdefault(flag, f"{source}:{line}")
    findings = [f"{where}: '--{flag}' is not in {document}" for flag, where in declared.items() if flag not in mentioned]
    return findings + [f"{document}:{line}: no command has '--{flag}'" for flag, line in rows.items() if flag not in declared]


def flags(text):
    """Each option and flag that the text declares, with its line: the name that it gives itself, else that of its property."""
    properties = list(PROPERTY.finditer(swift_text.code_only(text)))
    ends = [match.start() for match in properties[1:]] + [len(text)]
    for match, end in zip(properties, ends):
        declaration = slice(match.start(), end)
        custom = re.search(r'customLong\("([\w-]+)"', text[declaration])
        name = re.search(r"\bvar `?(\w+)", text[declaration])
        if custom or name:
            yield custom[1] if custom else kebab(name[1]), swift_text.line_of(text, match.start())


def kebab(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
