"""scripts/backup_database.sh and scripts/restore_database.sh, in a clone whose `ops` only tells how it was called."""

import os
import pty
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FAKE = r'''#!/usr/bin/env python3
import json, os, signal, sys

def stop(number, frame):
    print("stopped by", number, flush=True)
    sys.exit(10)

signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
print("ops", json.dumps(sys.argv[1:]), "in", os.getcwd(), "into", os.environ.get("BACKUP_DIR"), flush=True)
print("a word on stderr", file=sys.stderr, flush=True)
if os.environ.get("WAITS"):
    signal.pause()
if sys.argv[1] == "restore" and "--list" not in sys.argv and "--yes" not in sys.argv:
    print("terminal:", os.isatty(0), "answer:", sys.stdin.readline().strip(), flush=True)
sys.exit(int(os.environ.get("CODE", "0")))
'''


class BackupScriptsTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        folder = Path(holder.name).resolve()
        self.clone, self.elsewhere = folder / "a clone", folder / "else where"
        self.elsewhere.mkdir()
        shutil.copytree(TOP / "scripts", self.clone / "scripts")
        self.ops = self.clone / ".build/release/ops"
        self.ops.parent.mkdir(parents=True)
        self.ops.write_text(FAKE)
        self.ops.chmod(0o755)
        self.log = self.clone / "logs/backup.log"

    def start(self, name, *arguments, **settings):
        clean = {name: value for name, value in os.environ.items() if name not in ("BACKUP_DIR", "LOG_FILE")}
        return subprocess.Popen(
            [self.clone / "scripts" / name, *arguments], cwd=self.elsewhere, env={**clean, **settings},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True)

    def run_script(self, name, *arguments, answer="", **settings):
        with self.start(name, *arguments, **settings) as child:
            output, _ = child.communicate(answer, timeout=30)
            return child.returncode, output

    def test_a_backup_runs_in_the_clone_and_keeps_exit_code_and_words(self):
        code, output = self.run_script("backup_database.sh", "--type", "sqlite", CODE="12")
        self.assertEqual(code, 12)
        self.assertIn(f'ops ["backup", "--type", "sqlite"] in {self.clone} into None', output)
        self.assertIn("a word on stderr", output)
        self.assertEqual(self.log.read_text(), output)
        self.assertEqual(self.log.stat().st_mode & 0o777, 0o600)
        self.run_script("backup_database.sh")
        self.assertEqual(self.log.read_text().count("ops backup"), 2)

    def test_files_of_the_caller_are_meant_from_where_the_caller_stands(self):
        (self.elsewhere / "here.sql.gz").touch()
        _, output = self.run_script(
            "restore_database.sh", "--type=sqlite", "--file=here.sql.gz", "--yes", BACKUP_DIR="b", LOG_FILE="l/x.log")
        self.assertIn(f'"--file", "{self.elsewhere}/here.sql.gz", "--yes"] in {self.clone} into {self.elsewhere}/b', output)
        self.assertTrue((self.elsewhere / "l/x.log").exists())
        _, output = self.run_script("restore_database.sh", "--type", "sqlite", "--file", "there.db.gz", "--yes")
        self.assertIn('"--file", "there.db.gz"', output)

    def test_the_log_is_where_the_clone_says(self):
        forms = ["LOG_FILE=kept/a.log", "LOG_FILE=kept/a.log\r", " export LOG_FILE = 'kept/a.log' ",
                 'LOG_FILE=other.log\nLOG_FILE="kept/a.log"', "\ufeffLOG_FILE=kept/a.log", f"LOG_FILE={self.clone}/kept/a.log"]
        kept = self.clone / "kept/a.log"
        for form in forms:
            (self.clone / ".env").write_text(f"{form}\n# LOG_FILE=never.log\nMY_LOG_FILE=never.log\n", newline="")
            _, output = self.run_script("backup_database.sh")
            self.assertEqual(kept.read_text(), output, form)
            kept.unlink()
        self.run_script("backup_database.sh", LOG_FILE="mine.log")
        self.assertTrue((self.elsewhere / "mine.log").exists())
        self.assertFalse(kept.exists())

    def test_the_nightly_unit_writes_the_log(self):
        unit = (TOP / "systemd/cryptotrader-backup.service").read_text()
        self.assertIn("ExecStart=%h/cryptotrader/scripts/backup_database.sh --occasion scheduled\n", unit)
        _, output = self.run_script("backup_database.sh", "--occasion", "scheduled")
        self.assertEqual(self.log.read_text(), output)

    def test_a_restore_lists_first_unless_it_is_told_yes(self):
        code, output = self.run_script("restore_database.sh", "--type", "postgres", answer="trading\n")
        self.assertEqual(code, 0)
        listed = output.index('["restore", "--type", "postgres", "--list"]')
        self.assertLess(listed, output.index('["restore", "--type", "postgres"]'))
        self.assertIn("answer: trading", output)
        _, output = self.run_script("restore_database.sh", "--type", "postgres", "--yes")
        self.assertNotIn("--list", output)

    def test_a_restore_can_ask_on_the_terminal(self):
        here, there = pty.openpty()
        os.write(here, b"trading\n")
        done = subprocess.run(
            [self.clone / "scripts/restore_database.sh", "--type", "sqlite"], stdin=there, capture_output=True, text=True,
            timeout=30, start_new_session=True)
        self.assertIn("terminal: True answer: trading", done.stdout)

    def test_sigterm_is_given_on_and_the_end_awaited(self):
        with self.start("backup_database.sh", WAITS="1") as child:
            for line in child.stdout:
                if "stderr" in line:
                    break
            child.send_signal(signal.SIGTERM)
            try:
                output, _ = child.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                raise
            self.assertEqual((child.returncode, "stopped by 15" in output), (10, True))

    def test_what_is_missing_is_named(self):
        self.assertEqual(self.run_script("restore_database.sh")[0], 64)
        self.assertEqual(self.run_script("restore_database.sh", "--type", "journal")[0], 64)
        self.assertEqual(self.run_script("restore_database.sh", "--type")[0], 64)
        code, output = self.run_script("backup_database.sh", LOG_FILE=f"{self.ops}/x.log")
        self.assertEqual((code, "LOG_FILE" in output), (74, True))
        self.ops.unlink()
        code, output = self.run_script("backup_database.sh", PATH="/usr/bin:/bin")
        self.assertEqual((code, "swift build" in output), (69, True))


if __name__ == "__main__":
    unittest.main()
