-- Times are integer milliseconds since 1970-01-01T00:00Z; stretches are half-open.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    symbol TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    step_ms INTEGER NOT NULL CHECK (step_ms > 0),
    first_open INTEGER,
    wanted_from INTEGER NOT NULL,
    UNIQUE (symbol, timeframe)
) STRICT;

CREATE TABLE candle (
    series_id INTEGER NOT NULL,
    open_time INTEGER NOT NULL,
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close REAL NOT NULL,
    volume REAL NOT NULL,
    final INTEGER NOT NULL,
    PRIMARY KEY (series_id, open_time)
) WITHOUT ROWID, STRICT;

CREATE TABLE coverage (
    series_id INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
    from_time INTEGER NOT NULL,
    to_time INTEGER NOT NULL CHECK (to_time > from_time),
    proof TEXT NOT NULL,
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (series_id, from_time)
) WITHOUT ROWID, STRICT;

CREATE TABLE series_stats (
    series_id INTEGER PRIMARY KEY REFERENCES series ON DELETE CASCADE,
    candles INTEGER NOT NULL DEFAULT 0,
    final_candles INTEGER NOT NULL DEFAULT 0,
    covered INTEGER NOT NULL DEFAULT 0,
    first_open INTEGER,
    last_open INTEGER,
    last_final INTEGER
) STRICT;

CREATE TABLE revisions (
    series_id INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
    open_time INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    old_open REAL NOT NULL,
    old_high REAL NOT NULL,
    old_low REAL NOT NULL,
    old_close REAL NOT NULL,
    old_volume REAL NOT NULL,
    new_open REAL NOT NULL,
    new_high REAL NOT NULL,
    new_low REAL NOT NULL,
    new_close REAL NOT NULL,
    new_volume REAL NOT NULL,
    PRIMARY KEY (series_id, open_time, seen_at)
) WITHOUT ROWID, STRICT;

CREATE TABLE suspects (
    series_id INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
    open_time INTEGER NOT NULL,
    PRIMARY KEY (series_id, open_time)
) WITHOUT ROWID, STRICT;

CREATE TABLE host_status (
    host TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID, STRICT;

CREATE VIEW candles AS
SELECT s.symbol, s.timeframe, c.open_time, c.open, c.high, c.low, c.close, c.volume, c.final
FROM candle c JOIN series s ON s.id = c.series_id;

CREATE VIEW suspect_candles AS
SELECT s.symbol, s.timeframe, c.open_time, c.open, c.high, c.low, c.close, c.volume, c.final
FROM suspects x
JOIN candle c ON c.series_id = x.series_id AND c.open_time = x.open_time
JOIN series s ON s.id = x.series_id;

-- The unknown: what lies between wanted_from and the newest settled boundary (60 s after it ended) and is not covered.
CREATE VIEW gaps AS
WITH bounds AS (
    SELECT id, symbol, timeframe, step_ms, max(wanted_from, coalesce(first_open, wanted_from)) AS lower,
        ((CAST(strftime('%s', 'now') AS INTEGER) - 60) * 1000 / step_ms) * step_ms AS upper
    FROM series
), edges AS (
    SELECT series_id, from_time, to_time FROM coverage
    UNION ALL
    SELECT id, upper, upper FROM bounds WHERE upper > lower
), between_edges AS (
    SELECT b.symbol, b.timeframe, b.step_ms,
        max(b.lower, coalesce(max(e.to_time) OVER (
            PARTITION BY e.series_id ORDER BY e.from_time, e.to_time
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), b.lower)) AS from_time,
        min(e.from_time, b.upper) AS to_time
    FROM edges e JOIN bounds b ON b.id = e.series_id
)
SELECT symbol, timeframe, from_time, to_time, (to_time - from_time) / step_ms AS intervals
FROM between_edges WHERE to_time > from_time;
