#!/usr/bin/env python3
"""Posts to the tests' Discord with apprise, whose host is patched: check_discord.py BASE ID TOKEN."""

import sys

import apprise
from apprise.plugins.discord import NotifyDiscord

base, number, token = sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3]
NotifyDiscord.notify_url = f"{base}/api/webhooks"
NotifyDiscord.request_rate_per_sec = 0


def post(number, token, body="a *b* @everyone", overflow="upstream"):
    service = apprise.Apprise()
    service.add(f"discord://{number}/{token}/?overflow={overflow}")
    return bool(service.notify(body=body, title="title"))


assert post(number, token) is True
assert post(number, token, "x" * 5000) is False, "more than 2000 at once"
assert post(number, token, "x" * 5000, "split") is True, "in pieces of 2000"
assert post(number, "x" * 40) is False, "a wrong token"
assert post("42", token) is False, "an unknown webhook"
print(f"apprise {apprise.__version__}: all answers read")
