#!/usr/bin/env python3
"""Watches a recording being played with Bitfinex's own client, and compares it with the file: check_ws_bitfinex_api_py.py URL FILE."""

import asyncio
import logging
from importlib.metadata import version

import bfxapi
import recording

TIMEOUT = 60

url, symbol, timeframe, rows = recording.arguments()
client = bfxapi.Client(wss_host=url.replace("http", "ws", 1) + "/ws/2")
seen, newest_of_snapshot, done = {}, None, asyncio.Event()


def keep(candle):
    seen[candle.mts] = [candle.mts, candle.open, candle.close, candle.high, candle.low, candle.volume]


@client.wss.on("open")
async def subscribe():
    await client.wss.subscribe("candles", key=f"trade:{timeframe}:t{symbol}")


@client.wss.on("candles_snapshot")
def take_snapshot(_, candles):
    global newest_of_snapshot
    for candle in candles:
        keep(candle)
    newest_of_snapshot = max(seen)


@client.wss.on("candles_update")
def take_update(_, candle):
    keep(candle)
    if recording.is_enough(seen, newest_of_snapshot):
        done.set()


async def watch():
    running = asyncio.create_task(client.wss.start())
    await asyncio.wait_for(done.wait(), TIMEOUT)
    await client.wss.close()
    running.cancel()


logging.disable()
asyncio.run(watch())
recording.finish_played(f"bitfinex-api-py {version('bitfinex-api-py')} WebSocket", seen, rows)
