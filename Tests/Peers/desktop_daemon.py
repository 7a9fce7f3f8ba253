#!/usr/bin/env python3
"""A session bus of its own with a notification daemon by dbusmock: desktop_daemon.py LOG.

Prints the bus's address once the daemon is there, and ends at a line on its stdin. LOG gets an entry for each call.
"""

import os
import signal
import subprocess
import sys
import time

NAME = "org.freedesktop.Notifications"

# Whoever started this may have blocked what ends the two.
signal.pthread_sigmask(signal.SIG_SETMASK, [])
bus = subprocess.Popen(
    ["dbus-daemon", "--session", "--nofork", "--print-address"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    stderr=subprocess.DEVNULL, text=True)
os.environ["DBUS_SESSION_BUS_ADDRESS"] = address = bus.stdout.readline().strip()
daemon = subprocess.Popen(
    [sys.executable, "-m", "dbusmock", "--template", "notification_daemon", "--logfile", sys.argv[1]],
    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
while True:
    owner = subprocess.run(
        ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
         "org.freedesktop.DBus.NameHasOwner", f"string:{NAME}"], capture_output=True, text=True, check=True)
    if "boolean true" in owner.stdout:
        break
    time.sleep(0.05)
print(address, flush=True)
sys.stdin.readline()
for process in (daemon, bus):
    process.terminate()
    process.wait()
