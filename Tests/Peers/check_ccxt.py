#!/usr/bin/env python3
"""Reads a series from bitfinex-replay with ccxt and compares it with the file: check_ccxt.py URL FILE."""

import ccxt
import recording

url, symbol, timeframe, rows = recording.arguments()
exchange = ccxt.bitfinex({"enableRateLimit": False})
exchange.urls["api"]["public"] = url
exchange.load_markets()
market = exchange.markets_by_id["t" + symbol][0]["symbol"]

read, since = [], rows[0][0]
while since <= rows[-1][0]:
    page = exchange.fetch_ohlcv(market, timeframe, since=since, limit=10_000, params={"until": rows[-1][0]})
    if not page:
        break
    read += page
    since = page[-1][0] + 1

# ccxt gives time, open, high, low, close, volume.
recording.finish(f"ccxt {ccxt.__version__}", read, [[t, o, h, l, c, v] for t, o, c, h, l, v in rows])
