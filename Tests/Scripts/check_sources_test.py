"""The checks of scripts/check can fail: each is shown what it must find, and what it must let pass."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "lib"))
import check_sources
import swift_text

SWIFT = r'''
/* a block /* inside */ func hidden() { } */
protocol Requirement { func asked() -> Int
    func asked(with closure: () -> Void)
    init(value: Int)
}
struct Fault {
    var code: String { // "not-this-one"
        switch self {
        case .one: "page-broken"
        case .two: "page-\(kind("a { brace") )-x"
        }
    }
    func `a sentence { with a brace`(text: String = "}", run: () -> Void = { }) async throws -> [Int] where T: P {
        let raw = #"a " quote and \( no interpolation"#
        return """
            func inText() { "
            """
    }
    static let other = Self(code: "row-lost")
    init() { self.init(value: 1) }
}
'''


class SwiftTextTests(unittest.TestCase):
    def setUp(self):
        self.code = swift_text.code_only(SWIFT)

    def test_blanking_keeps_every_line(self):
        self.assertEqual(len(self.code), len(SWIFT))
        self.assertEqual(self.code.count("\n"), SWIFT.count("\n"))
        for hidden in ("hidden", "inText", "quote", "sentence", "page-broken", "not-this-one"):
            self.assertNotIn(hidden, self.code)

    def test_only_functions_with_bodies_are_measured(self):
        self.assertEqual(list(swift_text.functions(self.code)), [(14, 6), (21, 1)])

    def test_fault_codes_are_literals_of_the_property_or_the_argument(self):
        self.assertEqual(list(swift_text.fault_codes(SWIFT, self.code)), [("page-broken", 10), ("row-lost", 20)])


class CheckSourcesTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def findings(self, path, text):
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return list(check_sources.SwiftFile(file).findings())

    def test_forbidden_words_are_found_in_code_alone(self):
        for line in (
            "Task { }", "Task(priority: .low) { }", "Task<Void, Never> { }", "Task.detached { }", "let x = try! f()",
            "final class A: @unchecked Sendable {}", "import Synchronization", "unsafe f()", "nonisolated(unsafe) var x = 1",
            "// TODO: later",
        ):
            with self.subTest(line):
                self.assertEqual(len(self.findings("Sources/A/A.swift", line + "\n")), 1)
        for line in ("// Task { try! }", 'let text = "try!"', "subtask { }", "Task.isCancelled", ".strictMemorySafety()"):
            with self.subTest(line):
                self.assertEqual(self.findings("Sources/A/A.swift", line + "\n"), [])

    def test_each_place_has_its_own_rules(self):
        self.assertEqual(self.findings("Sources/Postgres/A.swift", "unsafe f()\n"), [])
        self.assertEqual(self.findings("Sources/Commands/A.swift", "Task.sleep(for: x)\n"), [])
        self.assertEqual(len(self.findings("Tests/A/A.swift", "Task.sleep(for: x)\n")), 1)

    def test_a_program_that_would_get_our_secrets_is_found(self):
        for call in ("Subprocess.run(.path(p))", 'run(\n    .name("x"), output: .discarded)', "x(environment: .inherit)"):
            with self.subTest(call):
                self.assertEqual(len(self.findings("Sources/Backup/A.swift", f"import Subprocess\n{call}\n")), 1)
        right = "import Subprocess\nSubprocess.run(.path(p), environment: .withoutSecrets())\n"
        self.assertEqual(self.findings("Sources/Backup/A.swift", right), [])

    def test_calls_that_do_not_follow_links_are_found(self):
        for call in ("m.contentsOfDirectory(at: url)", "m.attributesOfItem(atPath: p)"):
            with self.subTest(call):
                self.assertEqual(len(self.findings("Sources/A/A.swift", call + "\n")), 1)
        self.assertEqual(self.findings("Sources/A/A.swift", "m.contentsOfDirectory(atPath: p)\n"), [])

    def test_sizes(self):
        self.assertEqual(self.findings("Sources/A/A.swift", "let a = 1\n" * 400), [])
        self.assertEqual(len(self.findings("Sources/A/A.swift", "let a = 1\n" * 401)), 1)
        self.assertEqual(self.findings("Tests/A/A.swift", "let a = 1\n" * 500), [])
        self.assertEqual(len(self.findings("Tests/A/A.swift", "let a = 1\n" * 501)), 1)
        self.assertEqual(self.findings("Sources/A/A.swift", "func f() {\n" + "a()\n" * 58 + "}\n"), [])
        self.assertEqual(len(self.findings("Sources/A/A.swift", "func f() {\n" + "a()\n" * 59 + "}\n")), 1)

    def test_the_runbook_and_the_code_name_the_same_faults(self):
        self.findings("Sources/A/A.swift", 'var code: String { "page-broken" }\n')
        Path("docs").mkdir()
        Path("docs/RUNBOOK.md").write_text("# Faults\n## `row-lost`\n", encoding="utf-8")
        files = [check_sources.SwiftFile(Path("Sources/A/A.swift"))]
        self.assertEqual(
            check_sources.runbook_findings(files),
            ["Sources/A/A.swift:1: 'page-broken' has no heading in docs/RUNBOOK.md",
             "docs/RUNBOOK.md:2: no fault has the code 'row-lost'"])


if __name__ == "__main__":
    unittest.main()
