"""The check of acts can fail: it finds each act by its name, a row without a place, and a test that is not there."""

import contextlib
import io
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "lib"))
import check_acts

SWIFT = {
    "remove a file": "try FileManager.default.removeItem(atPath: path)",
    "rename a file": "guard unsafe rename(new, path) == 0 else { return }",
    "empty a file": "try file.truncate(atOffset: 0)",
    "delete rows": 'try db.execute(sql: "DELETE FROM runs WHERE id = ?")',
    "drop": 'let sql = "DROP DATABASE \\(name)"',
    "rename a database": '"ALTER DATABASE \\(from) RENAME TO \\(to)"',
    "end sessions": '"SELECT pg_terminate_backend(pid) FROM pg_stat_activity"',
    "signal a process": "kill(pid, SIGTERM)",
    "start a program": "let result = try await Subprocess.run(.name(name))",
}
SHELL = {
    "remove a file": 'rm -f -- "$file"',
    "rename a file": 'mv -- "$file.new" "$file"',
    "signal a process": 'kill -TERM "$pid"',
    "change units": 'systemctl --user --quiet stop -- "$unit"',
    "change a repository": "git push --quiet origin main",
}


class CheckActsTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        self.write("Tests/KeeperTests.swift", "@Suite struct KeeperTests { }\n")

    def write(self, path, text):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")

    def table(self, *rows):
        self.write("docs/ACTS.md", "".join(f"| {' | '.join(row)} |\n" for row in rows))

    def findings(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            code = check_acts.main()
        lines = printed.getvalue().splitlines()
        self.assertEqual(code, 1 if lines else 0)
        return lines

    def test_every_act_of_swift_is_found_and_a_row_ends_the_finding(self):
        for act, code in SWIFT.items():
            with self.subTest(act):
                self.table()
                self.write("Sources/A.swift", code + "\n")
                self.assertEqual([line.split(":")[0] for line in self.findings()], ["Sources/A.swift"])
                self.table(("`Sources/A.swift`", act, "a thing", "it is ours", "`KeeperTests`"))
                self.assertEqual(self.findings(), [])

    def test_every_act_of_a_script_is_found(self):
        for act, code in SHELL.items():
            with self.subTest(act):
                self.write("scripts/a.sh", "#!/bin/sh\n" + code + "\n")
                self.assertIn(f"'{act}'", " ".join(self.findings()))

    def test_comments_messages_and_here_documents_are_no_acts(self):
        self.write("Sources/A.swift", "// removeItem(atPath: path)\n/// DROP DATABASE\nqueue.removeFirst()\n")
        self.write("scripts/a.sh", "#!/bin/sh\n# rm -f x\nnote \"systemctl --user stop x\"\ncat <<'END'\nmv -- a b\nEND\n")
        self.assertEqual(self.findings(), [])

    def test_a_row_without_its_place_its_proof_or_its_test_is_found(self):
        self.write("Sources/A.swift", "kill(pid, SIGTERM)\n")
        self.table(
            ("`Sources/A.swift`", "signal a process", "a process", "it is ours", "`GoneTests`"),
            ("`Sources/B.swift`", "drop", "a table", "it is ours", "`KeeperTests`"),
        )
        self.assertEqual(
            self.findings(),
            ["docs/ACTS.md:1: there is no test `GoneTests`", "docs/ACTS.md:2: `Sources/B.swift` has no act 'drop'"])
        self.table(("`Sources/A.swift`", "signal a process", "a process", "it is ours", "nobody looked"))
        self.assertEqual(self.findings(), ["docs/ACTS.md:1: no test is named"])


if __name__ == "__main__":
    unittest.main()
