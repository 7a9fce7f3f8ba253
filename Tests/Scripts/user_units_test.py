"""scripts/lib/user_units.sh: what is written into the user's folder of units, without a systemd."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


class WatchdogIntervalTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.home, self.clone = Path(holder.name) / "home", Path(holder.name) / "clone"
        self.home.mkdir()
        self.clone.mkdir()
        self.drop_in = self.home / ".config/systemd/user/cryptotrader-watchdog.timer.d/20-cryptotrader-interval.conf"

    def install(self, text):
        (self.clone / ".env").write_text(text)
        script = '. scripts/lib/messages.sh; . scripts/lib/user_units.sh; write_interval "$1"'
        clean = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        return subprocess.run(["bash", "-c", script, "-", self.clone], cwd=TOP, env={**clean, "HOME": str(self.home)},
                              capture_output=True, text=True)

    def test_the_interval_of_the_settings_sets_the_timer(self):
        self.assertEqual(self.install("WATCHDOG_CHECK_INTERVAL=15\n").returncode, 0)
        lines = self.drop_in.read_text().splitlines()
        self.assertEqual(lines[1:], ["[Timer]", "OnCalendar=", "OnActiveSec=15s", "OnUnitActiveSec=15s"])

    def test_a_minute_needs_no_drop_in_and_takes_an_old_one_away(self):
        self.install("WATCHDOG_CHECK_INTERVAL=300\n")
        for text in ("", "WATCHDOG_CHECK_INTERVAL=60\n", "#WATCHDOG_CHECK_INTERVAL=15\n"):
            self.assertEqual(self.install(text).returncode, 0)
            self.assertFalse(self.drop_in.parent.exists())

    def test_the_unit_s_own_file_comes_first(self):
        own = self.home / ".config/cryptotrader/watchdog.env"
        own.parent.mkdir(parents=True)
        own.write_text("WATCHDOG_CHECK_INTERVAL=20\n")
        self.install("WATCHDOG_CHECK_INTERVAL=15\n")
        self.assertIn("OnUnitActiveSec=20s", self.drop_in.read_text())

    def test_a_wrong_interval_is_refused(self):
        for text in ("0", "86401", "1m", "-5", "60 OnCalendar=x"):
            done = self.install(f"WATCHDOG_CHECK_INTERVAL={text}\n")
            self.assertEqual((done.returncode, "1 to 86400" in done.stderr), (78, True), text)
            self.assertFalse(self.drop_in.exists())


if __name__ == "__main__":
    unittest.main()
