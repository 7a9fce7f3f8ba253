"""What OpenAPI cannot say; loaded by schemathesis.

Requests that break the rules between two parameters are answered with 400 on purpose, though each parameter is in order.
"""

import schemathesis

# What is kept: of any other name there is only a 404 to look at.
SYMBOLS = ("BTCUSD", "tBTCUSD", "BTCF0:USTF0", "DUSK:USD")
CELLS_AT_MOST = 1000
DAY_MS = 86_400_000


def is_negative(case):
    return case.meta is not None and case.meta.generation.mode.is_negative


@schemathesis.hook
def map_case(context, case):
    symbol = (case.query or {}).get("symbol")
    if isinstance(symbol, str) and not is_negative(case) and len(symbol) % 8:
        case.query["symbol"] = SYMBOLS[len(symbol) % len(SYMBOLS)]
    return case


@schemathesis.hook
def filter_case(context, case):
    if is_negative(case):
        return True
    query = case.query or {}
    if case.operation.path.endswith("/candles"):
        return not ("before" in query and "from" in query)
    if case.operation.path.endswith("/coverage") and "from" in query:
        return is_stretch(query["from"], query.get("to"))
    return True


def is_stretch(start, end):
    """Whether both are milliseconds, in their order, and hold few enough days."""
    return isinstance(start, int) and isinstance(end, int) and start < end <= start + (CELLS_AT_MOST - 2) * DAY_MS
