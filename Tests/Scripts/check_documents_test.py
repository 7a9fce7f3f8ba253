"""The check of documents can fail: each link, flag and exit code that it must find, and what it must let pass."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "lib"))
import check_documents

COMMAND = '''
struct ExportCommand {
    @Option(help: "The file, or @Option.")
    var outputFile: String?
    @Flag(name: .customLong("for"), help: "(Text)")
    var duration = false

    @Flag(inversion: .prefixedNo)
    package var `repeat` = false
}
'''


class CheckDocumentsTests(unittest.TestCase):
    def setUp(self):
        self.before = os.getcwd()
        self.folder = tempfile.TemporaryDirectory()
        os.chdir(self.folder.name)

    def tearDown(self):
        os.chdir(self.before)
        self.folder.cleanup()

    def write(self, path, text=""):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")

    def test_an_option_is_named_by_itself_or_by_its_property(self):
        self.assertEqual(list(check_documents.flags(COMMAND)), [("output-file", 3), ("for", 5), ("repeat", 8)])

    def test_flags_are_compared_both_ways(self):
        self.write("Sources/Commands/Ingest/ExportCommand.swift", COMMAND)
        self.write("docs/COMMANDS.md", "Use `x --repeat`.\n| `--for`, `--gone` | export | text |\n| `--repeat` | export | text |\n")
        source = Path("Sources/Commands/Ingest/ExportCommand.swift")
        self.assertEqual(check_documents.flag_findings(check_documents.COMMANDS, [source]), [
            "Sources/Commands/Ingest/ExportCommand.swift:3: '--output-file' is not in docs/COMMANDS.md",
            "docs/COMMANDS.md:2: no command has '--gone'"])

    def test_exit_codes_are_compared_both_ways(self):
        self.write("Sources/Commands/Runtime/ExitStatus.swift", "enum ExitStatus {\n    case complete = 0\n    case busy = 75\n}\n")
        self.write("docs/EXIT_CODES.md", "| code |\n| 0 | done |\n| 9 | nothing |\n")
        self.assertEqual(list(check_documents.exit_code_findings()), [
            "docs/EXIT_CODES.md:1: the exit code 75 is missing", "docs/EXIT_CODES.md:3: no command ends with 9"])

    def test_limits_are_those_that_are_enforced(self):
        limits = [check_documents.check_sources.SOURCE_LINES, check_documents.check_sources.TEST_LINES,
                  check_documents.check_sources.FUNCTION_LINES, check_documents.check_sources.README_LINES,
                  *check_documents.check_sources.LEAF_LINES.values()]
        self.write("CONTRIBUTING.md", "at most 7\n## Limits\n" + "".join(f"at most {limit} lines\n" for limit in limits) + "## More\nat most 8\n")
        self.assertEqual(list(check_documents.limit_findings()), [])
        self.write("CONTRIBUTING.md", "## Limits\n" + "".join(f"at most {limit} lines\n" for limit in limits[1:]) + "at most 7 lines\n")
        self.assertEqual(list(check_documents.limit_findings()), [
            f"CONTRIBUTING.md:1: the limit of {limits[0]} lines is missing", "CONTRIBUTING.md:1: check_sources.py has no limit of 7 lines"])

    def test_a_name_of_the_code_must_be_there(self):
        self.write("Sources/Ops/Bell.swift", "struct Bell { }\nextension Door { }\n")
        self.write("docs/ARCHITECTURE.md", "`Bell` `Bell.ring` `Ops` `Door+Key` `COMMIT`\n`Gone`, `Gone.ring`\n`Sources/Ops`, `Sources/Away/A.swift`\n")
        self.assertEqual(list(check_documents.name_findings()), [
            "docs/ARCHITECTURE.md:2: the code has no 'Gone'", "docs/ARCHITECTURE.md:2: the code has no 'Gone'",
            "docs/ARCHITECTURE.md:3: the code has no 'Sources/Away/A.swift'"])

    def test_a_link_and_a_name_must_lead_to_a_file(self):
        self.write("docs/SQL.md")
        self.write("scripts/test")
        self.write("README.md", "[a](docs/SQL.md#top) [b](docs/GONE.md)\n[c](https://example.org) `scripts/test` `docs/OLD.md` `config/later.json`\n")
        self.write("docs/A.md", "`SQL.md`, `README.md`, [up](../README.md), ![picture](images/none.png)\n")
        self.assertEqual(list(check_documents.link_findings()), [
            "README.md:1: the link leads to 'docs/GONE.md', which is not there",
            "README.md:2: 'docs/OLD.md' is not there",
            "docs/A.md:1: the link leads to 'images/none.png', which is not there"])


if __name__ == "__main__":
    unittest.main()
