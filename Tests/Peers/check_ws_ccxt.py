#!/usr/bin/env python3
"""Watches a recording being played with ccxt.pro, and compares it with the file: check_ws_ccxt.py URL FILE."""

import asyncio

import ccxt.pro
import recording

TIMEOUT = 60

url, symbol, timeframe, rows = recording.arguments()
seen = {}


async def watch():
    # Asked for all that it holds, since a candle may be changed between two calls.
    exchange = ccxt.pro.bitfinex({"enableRateLimit": False, "newUpdates": False})
    exchange.urls["api"]["public"] = url
    exchange.urls["api"]["ws"]["public"] = url.replace("http", "ws", 1) + "/ws/2"
    try:
        await exchange.load_markets()
        await exchange.close()  # The replay upgrades the first request of a connection only; REST has used this one.
        market = exchange.markets_by_id["t" + symbol][0]["symbol"]
        newest_of_snapshot = None
        while newest_of_snapshot is None or not recording.is_enough(seen, newest_of_snapshot):
            for t, o, h, l, c, v in await exchange.watch_ohlcv(market, timeframe):
                seen[t] = [t, o, c, h, l, v]
            newest_of_snapshot = newest_of_snapshot or max(seen)
    finally:
        await exchange.close()


asyncio.run(asyncio.wait_for(watch(), TIMEOUT))
recording.finish_played(f"ccxt.pro {ccxt.__version__} WebSocket", seen, rows)
