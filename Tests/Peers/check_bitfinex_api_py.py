#!/usr/bin/env python3
"""Reads a series from bitfinex-replay with Bitfinex's own client and compares it with the file: check_bitfinex_api_py.py URL FILE."""

from importlib.metadata import version

import bfxapi
import recording
from bfxapi.rest.exceptions import RequestParameterError

url, symbol, timeframe, rows = recording.arguments()
rest = bfxapi.Client(rest_host=url + "/v2").rest.public

read, start = [], rows[0][0]
while start <= rows[-1][0]:
    page = rest.get_candles_hist(
        "t" + symbol, timeframe, sort=1, start=str(start), end=str(rows[-1][0]), limit=10_000)
    if not page:
        break
    read += [[c.mts, c.open, c.close, c.high, c.low, c.volume] for c in page]
    start = page[-1].mts + 1

try:
    rest.get_candles_hist("t" + symbol, timeframe, limit=10_001)
    read = []
except RequestParameterError:
    pass  # the error array is understood as the exchange's own
recording.finish(f"bitfinex-api-py {version('bitfinex-api-py')}", read, rows)
