"""scripts/lib/backup_key.sh: the key of backups is made with the settings of the unit that will make them."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
NAMES = ("BACKUP_DIR", "BACKUP_KEY_FILE", "STATE_DIR")


class BackupKeyTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        ops = self.folder / "ops"
        ops.write_text('#!/bin/sh\necho "$@"\nfor name in ' + " ".join(NAMES) + '; do\n'
                       '    eval "echo $name=\\"\\${$name-unset}\\""\ndone\nexit ${END:-0}\n')
        ops.chmod(0o755)

    def make(self, unit, **environment):
        file = self.folder / "unit.env"
        if unit is not None:
            file.write_text(unit)
        script = '. scripts/lib/messages.sh; . scripts/lib/backup_key.sh; make_backup_key "$@"'
        clean = {name: value for name, value in os.environ.items() if name not in NAMES}
        return subprocess.run(["bash", "-euc", script, "-", self.folder / "ops", file], cwd=TOP,
                              env={**clean, **environment}, capture_output=True, text=True)

    def test_the_unit_s_own_file_names_the_key(self):
        done = self.make("BACKUP_KEY_FILE='/keys/my key'\nSTATE_DIR=/state\n")
        self.assertEqual(done.stdout.splitlines(),
                         ["backup --make-key", "BACKUP_DIR=unset", "BACKUP_KEY_FILE=/keys/my key", "STATE_DIR=/state"])

    def test_what_the_caller_s_environment_says_does_not_count(self):
        for unit in (None, "", "RETENTION_DAYS=7\n"):
            done = self.make(unit, BACKUP_KEY_FILE="/elsewhere", STATE_DIR="/elsewhere", BACKUP_DIR="/elsewhere")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("elsewhere", done.stdout)

    def test_its_exit_code_is_given_on(self):
        self.assertEqual(self.make("", END="78").returncode, 78)

    def test_both_installers_make_it(self):
        for script in ("install-user-units", "quickstart"):
            text = (TOP / "scripts" / script).read_text()
            self.assertIn("lib/backup_key.sh", text)
            self.assertIn("make_backup_key", text)


if __name__ == "__main__":
    unittest.main()
