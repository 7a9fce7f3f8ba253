"""The check of the arrows can fail: each difference between the package and the map is found."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "lib"))
import check_arrows


def target(name, *imports, kind="regular", path=None):
    return {"name": name, "type": kind, "path": path, "dependencies": [{"byName": [each, None]} for each in imports]}


class CheckArrowsTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def findings(self, rows, *targets):
        Path("docs").mkdir(exist_ok=True)
        Path("docs/ARCHITECTURE.md").write_text("".join(f"| {row} |\n" for row in rows), encoding="utf-8")
        return list(check_arrows.arrow_findings({"targets": list(targets)}, check_arrows.map_rows()))

    def test_a_map_that_shows_the_package_has_no_finding(self):
        rows = ["`A` | the floor | –", "`B` | above | A", "`C`, `D` | programs | the above"]
        package = [target("A"), target("B", "A"), target("C", "A", "B", kind="executable"), target("T", "B", path="Tests/Support")]
        self.assertEqual(self.findings(rows, *package), [])

    def test_an_import_that_the_map_does_not_show_is_found(self):
        self.assertEqual(
            self.findings(["`A` | the floor | –", "`B` | above | –"], target("A"), target("B", "A")),
            ["docs/ARCHITECTURE.md:2: the map does not show that 'B' imports 'A'"])

    def test_an_arrow_of_the_map_that_nobody_needs_is_found(self):
        self.assertEqual(
            self.findings(["`A` | the floor | –", "`B` | above | A"], target("A"), target("B")),
            ["docs/ARCHITECTURE.md:2: 'B' does not import 'A'"])

    def test_a_target_that_imports_one_below_it_or_is_on_no_map_is_found(self):
        self.assertEqual(
            self.findings(["`B` | above | –"], target("A", "B"), target("B")),
            ["Package.swift:1: 'A' imports 'B', which stands below it", "docs/ARCHITECTURE.md:1: the map does not show the target 'A'"])


if __name__ == "__main__":
    unittest.main()
