#!/usr/bin/env python3
"""Prints what a Postgres server keeps of the password on stdin, so that the password itself is never part of a statement.

RFC 5802 and RFC 7677, in the form of pg_authid.rolpassword; the password must be ASCII.
"""

import base64
import hashlib
import hmac
import os
import sys

ROUNDS = 4096


def verifier(password, salt):
    salted = hashlib.pbkdf2_hmac("sha256", password, salt, ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return "SCRAM-SHA-256${}:{}${}:{}".format(ROUNDS, *parts)


if __name__ == "__main__":
    print(verifier(sys.stdin.readline().rstrip("\n").encode("ascii"), os.urandom(16)))
