#!/usr/bin/env python3
"""Reads the tests' Telegram with python-telegram-bot and apprise: check_telegram.py BASE TOKEN [conflict].

Chats of the double: 987654321 takes messages, -4012 became -1001234567890, 403 blocked the bot, 429 is flooded.
"""

import asyncio
import sys

import apprise
import telegram
from apprise.plugins.telegram import NotifyTelegram
from telegram import error

base, token = sys.argv[1].rstrip("/"), sys.argv[2]


async def refused(kind, call, check=lambda problem: True):
    """Whether a call ends with just this error."""
    try:
        await call
    except error.TelegramError as problem:
        if type(problem) is kind and check(problem):
            return
        sys.exit(f"{type(problem).__name__} instead of {kind.__name__}: {problem}")
    sys.exit(f"no {kind.__name__}")


async def check():
    async with telegram.Bot(token, base_url=f"{base}/bot") as bot:
        if sys.argv[3:] == ["conflict"]:
            return await refused(error.Conflict, bot.get_updates(timeout=0))
        assert (await bot.get_me()).username == "alerts_bot"
        updates = await bot.get_updates(timeout=0)
        assert [update.effective_chat.id for update in updates] == [987654321], updates
        sent = await bot.send_message(987654321, "<b>a &lt; b</b>", parse_mode="HTML")
        assert sent.chat.id == 987654321
        await bot.send_message(987654321, "\U0001f600" * 4096)
        await refused(error.BadRequest, bot.send_message(987654321, "\U0001f600" * 4097),
                      lambda problem: "is too long" in problem.message)
        for html in ("a < b", "<x>a</x>", "<b>a"):
            await refused(error.BadRequest, bot.send_message(987654321, html, parse_mode="HTML"),
                          lambda problem: "parse entities" in problem.message)
        await refused(error.BadRequest, bot.send_message(5, "a"), lambda problem: problem.message == "Chat not found")
        await refused(error.ChatMigrated, bot.send_message(-4012, "a"),
                      lambda problem: problem.new_chat_id == -1001234567890)
        await refused(error.Forbidden, bot.send_message(403, "a"))
        await refused(error.RetryAfter, bot.send_message(429, "a"), lambda problem: int(problem._retry_after.total_seconds()) == 15)
    await refused(error.InvalidToken, telegram.Bot("1:other", base_url=f"{base}/bot").initialize())


asyncio.run(check())
print(f"python-telegram-bot {telegram.__version__}: all answers read")
if sys.argv[3:] != ["conflict"]:
    NotifyTelegram.notify_url = f"{base}/bot"
    NotifyTelegram.request_rate_per_sec = 0
    for chat, taken in (("987654321", True), ("403", False), ("5", False)):
        service = apprise.Apprise()
        service.add(f"tgram://{token}/{chat}")
        sent = service.notify(body="a < b & c", title="title", body_format=apprise.NotifyFormat.TEXT)
        assert bool(sent) is taken, chat
    print(f"apprise {apprise.__version__}: all answers read")
