#!/usr/bin/env python3
"""Runs a command on a terminal of its own and answers its questions: terminal.py ANSWERS COMMAND…

ANSWERS is JSON: a list of [what to wait for, what to type]. Prints all that the terminal showed; exits as the command does.
"""

import json
import os
import pty
import signal
import sys
import termios

signal.pthread_sigmask(signal.SIG_SETMASK, [])
process, terminal = pty.fork()
if process == 0:
    os.execv(sys.argv[2], sys.argv[2:])

shown, seen = "", 0
for question, answer in json.loads(sys.argv[1]) + [[None, None]]:
    while question is None or question not in shown[seen:]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        shown += piece.decode()
        if not piece:
            break
    if question is not None:
        seen = len(shown)
        if "not shown" in question:
            while termios.tcgetattr(terminal)[3] & termios.ECHO:
                pass
        os.write(terminal, (answer + "\n").encode())
status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
print(shown)
sys.exit(status)
